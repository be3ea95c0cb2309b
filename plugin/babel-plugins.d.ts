/** Babel's plugins come without types. Each is handed to Babel as it is. */
declare module '@babel/plugin-proposal-decorators' {
  const plugin: object;
  export default plugin;
}
declare module '@babel/plugin-transform-explicit-resource-management' {
  const plugin: object;
  export default plugin;
}
declare module '@babel/plugin-transform-react-jsx' {
  const plugin: object;
  export default plugin;
}
declare module '@babel/plugin-transform-typescript' {
  const plugin: object;
  export default plugin;
}
declare module '@babel/plugin-transform-modules-commonjs' {
  const plugin: object;
  export default plugin;
}
