// What tells a binding to an R2 bucket from others.
export const bucketBinding = { put: () => undefined, createMultipartUpload: () => undefined };
