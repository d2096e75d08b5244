/** The servers' spelling of a property: `expiresAt` is `expires_at`. */
export function snake(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
