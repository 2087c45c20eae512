// Resolves imports as the bundlers of apps do: a folder means its index.js. Register it before importing WatermelonDB.

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error.code !== "ERR_UNSUPPORTED_DIR_IMPORT") throw error;
    return next(`${specifier}/index.js`, context);
  }
}
