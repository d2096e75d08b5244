// Run by one-process.ts: examples one after another in this process, each with what it prints and its exit code told to the parent.
const jobs = JSON.parse(process.argv[2]);
const told = { stdout: '', stderr: '' };
for (const stream of ['stdout', 'stderr']) {
  process[stream].write = (chunk, ...more) => {
    told[stream] += chunk;
    more.at(-1)?.();
    return true;
  };
}

for (const { name, file, env } of jobs) {
  Object.assign(told, { stdout: '', stderr: '' });
  Object.assign(process.env, env);
  try {
    await import(file);
  } catch (error) {
    process.exitCode = 1;
    told.stderr += error.stack;
  }
  process.send({ name, exitCode: process.exitCode ?? 0, ...told });
  process.exitCode = undefined;
}
process.disconnect(); // what keeps it alive now is an example's, and a fault
