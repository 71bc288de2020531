// The files of this folder are imported as texts: see the rule in wrangler.toml.
declare module "*.css" {
  const text: string;
  export default text;
}
declare module "*/live.js" {
  const text: string;
  export default text;
}
