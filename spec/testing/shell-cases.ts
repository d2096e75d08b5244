const [tick, dollar] = ['`', '$'] as const;

/** Scripts that the fake's shell and a real busybox run alike, in an empty folder: what they say, their code, their files. */
export const shellCases: Readonly<Record<string, readonly string[]>> = {
  'the language': [
    'echo hi',
    'if true; then echo yes; else echo no; fi',
    'if false; then echo a; elif true; then echo b; fi',
    'for i in 1 2 3; do echo $i; done',
    'i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done',
    'until false; do echo once; break; done',
    'case abc in a*) echo A;; *) echo other;; esac',
    'case x in (y|z) echo 1;; x) echo 2 ;; esac',
    'x=$(echo a; echo b); echo "$x" $x',
    String.raw`echo ${tick}echo back\${tick}echo tick\${tick}${tick}`,
    'true && echo a || echo b; false && echo c || echo d',
    'echo a > f; echo b >> f; cat < f; cat f | wc -l',
    'echo err >&2; echo out 2>/dev/null',
    'x=5; echo ${x:-1} ${y:-2} ${x:+3} ${#x} ${y:=7} $y',
    'x=/a/b/c.tar.gz; echo ${x##*/} ${x%.*} ${x%%.*} ${x#*/} ${x/b/B}',
    'f() { echo "$1-$#"; return 3; }; f a b; echo $?',
    'set -- a "b c" d; for i in "$@"; do echo "<$i>"; done; echo $* $#; shift; echo $1',
    '(cd /tmp; pwd); pwd',
    '{ echo a; echo b; } > g; cat g',
    String.raw`while read a b; do echo "$b $a"; done <<EOF
1 2
3 4 5
EOF`,
    String.raw`x=1; cat <<-EOF
	tab $x
	EOF`,
    String.raw`echo "a\$b" 'c$d' e\ f "g'h" "i\"j"`,
    String.raw`echo a;echo b # comment
echo c`,
    'x=$((2+3*4)) y=$((x%5)); echo $x $y $((1<<4)) $((x>3?1:0))',
    'nope; echo $?',
    './nope; echo $?',
    'cd /nope; echo $?',
    'set -e; false; echo no',
    'set -e; if false; then :; fi; false || true; echo yes; ! true; echo still',
    'set -u; echo $nope; echo no',
    'set -x; echo "a b" c; x=1 true',
    "trap 'echo bye' EXIT; echo hi; exit 3",
    'exit 300',
    'return 3',
    'fi',
    'if true',
    'echo "a',
    'for',
    'echo )',
    'echo a; done',
    'x=$((1/0)); echo $x',
    'echo ${x?no}',
    'echo >/nope/x; echo $?',
    'readonly a=1; a=2; echo x',
    'shift 5; echo $?',
    'read x; echo "[$x]"; read y; echo "[$y]"; read z; echo "$? [$z]"',
    'cat; cat',
    'read x; cat',
    'test; echo $?; [ a; echo $?; [ a -eq 1 ]; echo $?; [ 1 -foo 2 ]; echo $?; test a b c d e; echo $?',
    '[ -f /etc/passwd ] && [ ! -d /etc/passwd ] && [ -d /etc -a -e /etc ] && echo ok',
    '[ "a" = "a" ] && [ a != b ] && [ 2 -gt 1 ] && [ -z "" ] && [ -n x ] && echo all',
    'break; echo c',
    'local x; echo y',
    'exec echo a; echo b',
    'exec nope; echo b',
    'eval "echo x; false"; echo $?',
    '. ./nope; echo y',
    "echo 'echo sourced $x' > s; x=1; . ./s",
    'sh nofile; echo $?',
    '"nope"; ""; echo $?',
    'a=5 nope; echo $a',
    'a=5 env | grep ^a=; echo "[$a]"',
    "export B=2; c=3; env | grep -c -E '^(B|c)='",
    'command -v ls cat nope; command -v cd; command -v nope; echo $?',
    'echo a | read x; echo "[$x]"',
    'false | true; echo $?; set -o pipefail; false | true; echo $?',
    'while true; do echo y; done | head -n 2',
    'for i in a b c; do for j in 1 2; do [ $j = 2 ] && continue 2; echo $i$j; done; done',
    'IFS=:; x="a:b::c"; for i in $x; do echo "[$i]"; done',
    'x="  a   b "; echo $x "$x"',
    'echo ~ ~/x "~"',
    String.raw`x='*'; echo "$x"; echo $?; echo $0`,
    'x=abc; echo ${x%c} ${x#a} "${x}d" ${x}e',
    'f() { local v=2; echo $v; }; v=1; f; echo $v',
    'echo "$(echo "in $(echo deep)")"',
    'if [ -n "$x" ]; then echo a; fi; echo $?',
    String.raw`echo -n a; echo -e "b\tc\x41\0101"; echo -e "x\cy"; echo; echo -z -n`,
    'for one in rm mkdir tr mv cp touch sleep seq; do $one 2>/dev/null; echo "$one $?"; done; rm -z x 2>&1 | head -n 1; ls -Z 2>&1 | head -n 1',
    'x() { cat; }; echo piped | x; x < /etc/passwd',
    'for f in; do echo never; done; echo $?',
    'if true; then fi',
    'echo "unclosed $(echo"',
    'while :; do break; done; echo $?',
    'a=1; (a=2; echo $a); echo $a; b=$(a=3; echo $a); echo $b$a',
    'echo ${HOME} $HOME$HOME "$HOME"x',
    'echo {a,b}; echo $((',
    'x="a b"; set -- $x; echo $#; set -- "$x"; echo $#',
    '[ -e nope ] || { echo missing >&2; exit 4; }',
    'echo start; exit; echo end',
    String.raw`case "$1" in '') echo empty;; esac; case a in [a-c]) echo range;; esac; case ab in a?) echo q;; esac`,
    'echo line1 > out.txt && echo line2 >> out.txt && cat out.txt && rm out.txt && ls',
    'echo $(( 10 / 3 )) $(( -7 % 3 )) $(( 2 ** 3 ))',
    String.raw`test -x /etc/passwd; echo $?; test ! -f nope; echo $?; test a -o ''; echo $?; test \( a \) ; echo $?`,
    "export A=1 B=2; sh -c 'echo $A$B $0 $1' name arg",
    'unset HOME; echo "[$HOME]"; cd; echo $?',
    'echo one; nope 2>/dev/null; echo $?',
    '{ echo a; nope; } 2>&1 | cat',
    'while true; do echo y; done | head -n 2',
    'if true; then fi',
    'echo $(( 2 ** 3 )) $(( 2+3**2 ))',
    'x=; echo "${x:-"a b"}" ${x:-a  b} "${x:-a  b}" "${x:+n}" ${x-unset}',
    String.raw`f() {
  set -eu
  echo "in $1"
  local y="$2"
  if [ "$y" = "b" ]; then
    echo match
  fi
}
f a b
f c d`,
    String.raw`set -e
x=$(false) || echo caught
y=$(echo ok)
echo $y
z=$(false)
echo never`,
    'set -e; f() { false; echo in; }; f || echo or; f; echo never',
    'if ! nope 2>/dev/null; then echo missing; fi',
    'f() { for a in "$@"; do echo "[$a]"; done; }; f; f ""; f "a b" c',
    'nope 2>&1 >/dev/null | cat',
    'exec > out; echo a; nope; cat out >&2',
    'exec 2>&1; nope; ls nope',
    String.raw`f() { cat <<EOF
  in $1
EOF
}
f z`,
    'for f in *.txt; do echo "$f"; done; touch "a b.txt" c.txt; for f in *.txt; do echo "$f"; done',
    'case "a b" in "a b") echo q;; esac; case a/b in a/*) echo s;; esac; case -n in -*) echo dash;; esac',
    String.raw`x='a*b'; case 'a*b' in "$x") echo lit;; esac; case axb in $x) echo pat;; esac`,
    String.raw`echo a#b #c
# only comment
echo d`,
    String.raw`echo one \
 two`,
    'if [ -z $x ]; then echo unset; fi; [ -n "$x" ] || echo empty',
    '[ 1 -eq 1 -a 2 -eq 2 ] && echo and; [ 1 -eq 2 -o 2 -eq 2 ] && echo or; [ ! 1 -eq 2 ] && echo not',
    'x=3; while [ "$x" -gt 0 ]; do x=$((x-1)); [ $x -eq 1 ] && break; done; echo $x',
    'echo "${1:-none}" "$#" "$0"',
    'set -- 1 2 3; while [ $# -gt 0 ]; do echo $1; shift; done',
    'for i in $(seq 3); do echo -n "$i "; done; echo',
    String.raw`x="one
two"; echo "$x" | while IFS= read -r l; do echo "<$l>"; done`,
    String.raw`echo 'a\tb' | while read l; do echo "$l"; done; echo 'a\tb' | while read -r l; do echo "$l"; done`,
    'echo "a:b:c" | { IFS=: read x y; echo "$x|$y"; }',
    '(exit 3); echo $?; (echo sub; exit 1) || echo failed',
    '{ echo a; } | { read x; echo "got $x"; }',
    'test -d /etc && test -e /nope || echo no',
    String.raw`x=$(cat <<EOF
inner
EOF
); echo "$x"`,
    String.raw`echo $(echo 'a"b') "$(echo "c'd")"`,
    'echo `echo "x y"` | wc -w',
    String.raw`A=1 B=2 sh -c 'echo $A$B'; echo "[$A]"`,
    "sh -c 'exit 9'; echo $?; sh -ec 'false; echo no'; echo $?",
    "sh -c 'echo $0 $@' a b c",
    String.raw`echo 'echo from script "$@"; exit 5' > s; sh s 1 "2 3"; echo $?`,
    "echo 'no first line' > n; chmod +x n; ./n; echo $?",
    "echo 'echo ran without' > n; chmod +x n; ./n; echo $?",
    'x=abc; echo ${x:1:1}',
    'echo $((x=5)) $x $((x++)) $x $((++x)) $((x+=2))',
    'echo $((08))',
    'a() { return 2; }; a; echo $?; b() { a || return 5; }; b; echo $?',
    'unset x; echo "${x+set}" "${x-default}"; x=; echo "${x+set}" "${x-default}" "${x:-d}"',
    String.raw`echo "$((1+1))" '$((1+1))' "${tick}echo q${tick}"`,
    'until [ -e f ]; do touch f; echo made; done',
    'echo a | grep -q a && echo yes; echo $?',
    'true | false; echo $?; ! false | false; echo $?',
    "echo 'x y z' | { read a b; echo $b; }; echo $a",
    "trap 'echo end' EXIT; (echo sub); false",
    String.raw`echo "\\ \n \" \$ \${tick} \a"; echo \\ \n \"`,
    String.raw`echo 'it'\''s' "it's"`,
    '>f; ls -l f | wc -l; : > g; [ -s f ] || echo empty',
    '2>/dev/null nope; echo $?',
    'x=1 y=2; echo $x$y; x=$y z=$x; echo $x$z',
    'export; echo $? >/dev/null; set | head -n 0; echo done',
    'hash 2>/dev/null; umask 2>/dev/null >&2; kill -0 1 2>/dev/null; echo ok',
    String.raw`echo a; exit 2
echo b`,
    'sleep 0.01 && echo slept',
    'for i in 1 2; do echo $i; done > f; cat f; while read l; do echo "r$l"; done < f',
    'if true; then echo a; fi > f; cat f; (echo b; echo c) > f; cat f; { echo d; } >> f; cat f',
    'cd /tmp && echo $PWD; cd; echo $PWD',
    "echo abc | sed -n 's/b/[&]/p'; echo a/b | sed 's#/#-#g'; echo aaa | sed 's/a/b/2'; echo 'x  y' | sed 's/  */ /'",
    'function f { echo a; }; f; function g() { echo b; }; g',
    'env | sort',
    'echo $PATH $HOME; pwd; id; whoami; uname -m; hostname | wc -c',
    'nawk; echo $?; python3 -c 1; echo $?; /usr/bin/nope; echo $?',
    'readlink -f /bin/sh > /dev/null; [ -x /bin/sh ] && echo sh',
  ],
  programs: [
    'echo abc | tr a-c A-C | sed s/B/x/',
    'ls nope 2>&1 | cat',
    String.raw`cat <<'EOF'
$x ${tick}y${tick}
EOF`,
    'cat <nope; echo $?',
    String.raw`printf 'echo a\nnope\necho $0 $1\nif\n' > s.sh; sh s.sh q; echo $?`,
    String.raw`printf 'x\n' | sh; echo $?`,
    String.raw`printf 'for i in 1 2\ndo\necho $i\ndone\n' | sh`,
    String.raw`printf '#!/bin/sh\necho script $1\n' > r; chmod +x r; ./r z; echo $?; chmod -x r; ./r; echo $?`,
    'touch a1 a2 b1; echo a* *1 z* "a*"; ls [ab]1',
    String.raw`printf "%5s|%-5s|%05d|%x|%o|%c|%b|\n" a b 5 255 8 hello "a\tb"; printf "%s-%s\n" a b c; printf "%d\n" x; printf; printf '%%\n'`,
    String.raw`printf '\xff\351' | wc -c; printf "%s\n"; printf "no args\n" a b`,
    'rm nope; mkdir d; rm d; rm -f nope; rmdir d; rmdir d; mkdir x/y; mkdir -p x/y/z; mkdir x; rm -r x; ls',
    'mkdir d; echo 1 > d/f; cp nope x; cp d x; cp d/f nope/x; mv nope x; mv d/f nope/x; touch nope/x; touch -c q; ls q; cp -r d e; ls e; mv e d; ls d',
    'mkdir d; touch d/a d/.b; ls d; ls -a d; ls -A d; ls d nope d/a',
    "echo 123 > f; ls -l f | cut -c1-10; chmod 640 f; stat -c '%n %s %a %F %U' f; stat nope",
    'seq 3; seq 2 4; seq 1 2 6; seq -w 8 11; seq -s, 3; seq 3 -1 1; seq a 2>/dev/null; echo $?',
    'seq 10 > f; head -n 2 f; tail -n 2 f; head -n -8 f; tail -n +9 f; head -c 3 f; tail -c 3 f; head -3 f; tail -1 f; head -n x f; tail nope; head nope f',
    String.raw`printf 'b\na\nc\na\n' | sort; printf '10\n9\n' | sort -n; printf 'b\na\na\n' | sort -ru; printf 'x 2\ny 1\n' | sort -k2; printf 'a:3\nb:1\n' | sort -t: -k2 -n; sort nope`,
    String.raw`printf 'a\na\nb\n' | uniq -c; printf 'a\na\nb\n' | uniq -d; printf 'a\na\nb\n' | uniq -u`,
    'echo a:b:c | cut -d: -f2; echo a:b:c | cut -d: -f1,3; echo abcdef | cut -c2-4; echo nosep | cut -d: -f2; cut f',
    String.raw`echo hello | tr l L; echo hello | tr -d l; echo aabb | tr -s a; echo abc | tr a-z A-Z; echo 'a b' | tr ' ' '\n'; echo abc1 | tr -d '[:digit:]'; echo abc | tr -c 'a\n' x`,
    String.raw`printf 'foo\nbar\nFoo\n' > f; grep foo f; grep -i foo f; grep -v foo f; grep -c o f; grep -n bar f; grep -q foo f; echo $?; grep zzz f; echo $?; grep a nope; grep '[' f; grep -E 'foo|bar' f; grep 'o\+' f; grep -o 'o*' f; grep -w fo f; grep -x bar f; grep -l foo f; grep '^b.r$' f; grep -F . f; grep -e bar -i f`,
    String.raw`printf 'a1\nb2\na3\n' > f; sed s/a/X/ f; sed -n 2p f; sed 2d f; sed '/b/d' f; sed -e s/a/A/ -e s/1/one/ f; sed 's/\(a\)\(.\)/\2\1/' f; sed -E 's/([a-z])([0-9])/\2\1/g' f; sed -i s/a/Z/ f; cat f; sed '$d' f; sed '1,2d' f; sed 2q f; sed 's/[0-9]/<&>/' f; sed 's|Z|/|' f; sed y/ab/xy/ f; sed '1a new' f; sed '1i new' f; sed '/b/c new' f; sed -n '/b/,$p' f; sed '2!d' f; sed s/a f; sed foo f; sed 's/z/y/I' f; sed s/x/y/ nope; sed =  f`,
    String.raw`mkdir -p d/e; touch d/a.txt d/e/b.txt; find d | sort; find d -name '*.txt' | sort; find d -type d | sort; find d -maxdepth 1 | sort; find nope; find d -foo 2>/dev/null; find d -name; find d -name '*.txt' -exec echo got {} \; | sort; find d -empty; find d ! -name e | sort`,
    'echo hi | tee a b; cat a b; echo more | tee -a a; cat a; echo x | tee nope/x',
    "date -d @0; date -u -d @0 +%F_%T_%s_%Z_%j_%a_%b_%e_%y_%H%M; date -d '2020-01-02 03:04:05' +%s; date +%Q; date -x 2>&1 | head -n 1",
    "basename /a/b.c .c; basename /a/; dirname /a/b; dirname a; ln -s f l; readlink l; readlink nope; readlink -f l; ls -l l | sed 's/.*l ->/l ->/'; realpath nope",
    'wc -l /etc/passwd; echo a b | wc; echo a b | wc -w; wc nope',
    'id -u; whoami; uname; hostname | wc -l; sleep 0; sleep x; pwd; true; false; echo $?',
    String.raw`echo a b | xargs echo x; printf '1\n2\n' | xargs -n1 echo; printf 'a\nb\n' | xargs -I{} echo [{}]; echo | xargs -r echo no; echo a | xargs nope; echo $?`,
    'cat nope; cat /etc; cat -; echo a | cat - /etc/passwd | wc -l',
    "env -i A=1 env; env A=2 sh -c 'echo $A'; env nope",
    'echo abc | sha256sum; echo abc | md5sum; echo abc | base64; echo YWJjCg== | base64 -d; echo abc | rev; seq 3 | tac',
    'which ls >/dev/null && echo found; which nope; echo $?',
    'chmod zz f; chmod 600 nope; touch f; chmod u+x,go-r f; stat -c %a f; chmod a=rw f; stat -c %a f; chmod +x f; stat -c %a f; chmod u-w f; stat -c %a f',
    'cat /dev/null; echo x > /dev/null; wc -c < /dev/null',
    String.raw`printf 'a b c\n' | while read x y; do echo "$y"; done`,
    'mktemp -u /tmp/xXXXXXX | wc -c; mktemp /nope/xXXXXXX',
    String.raw`cat <<A; cat <<B
one $((1+1)) ${tick}echo x${tick} \$y
A
two "q" 'r'
B`,
    String.raw`printf '%s\n' a b c | sort -r | head -n 1`,
    String.raw`cat > run.sh <<'EOF'
#!/bin/sh
set -eu
name=${dollar}{1:-world}
greet() {
  printf 'hello %s\n' "$1"
}
for n in a b; do
  greet "$n $name"
done
case "$name" in
  w*) echo W ;;
  *)
    echo other
    ;;
esac
[ -f /nope ] || exit 7
EOF
chmod 755 run.sh; ./run.sh; echo $?; ./run.sh me; echo $?`,
    'mkdir -p a/b && cd a/b && pwd && cd .. && pwd && cd - && echo $OLDPWD',
    String.raw`printf 'k=v\n#c\n\nx=y\n' | grep -v '^#' | grep . | cut -d= -f2`,
    'ls | wc -l; touch x y; ls -1; ls *; echo *',
    String.raw`printf 'a b\nc d\n' | tr '\n' ' '; echo; echo ABC | tr '[:upper:]' '[:lower:]'; echo 'a,b' | tr , '\n'`,
    String.raw`echo one two | cut -d ' ' -f 2; echo 'a	b' | cut -f2; printf 'abc\n' | cut -c 1,3; echo a b c | cut -d' ' -f2-`,
    "find . -name 'x*' -o -name 'y*'; echo $?",
    'which ls; which nope; echo $?; command -v ls; echo $?',
    String.raw`printf "#!/bin/sh -e\nfalse\necho no\n" > e; chmod +x e; ./e; echo $?`,
  ],
};
