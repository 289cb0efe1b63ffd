// Modules that build.mjs makes.

declare module "worker-source" {
  const text: string;
  export default text;
}

declare module "examples" {
  const groups: { group: string, examples: { id: string, title: string, base64: string, isCapture?: boolean, name?: string, note?: string }[] }[];
  export default groups;
}
