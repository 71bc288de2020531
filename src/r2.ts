// An R2 bucket behind the same request and answer as S3's PutObject, so that it is delivered to like all else.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html

/**
 * Stores the body under the URL's path: 200; with `if-none-match: *`, 412 when the key is there already. Rejects when
 * R2 fails.
 */
export async function putObject(bucket: R2Bucket, request: Request): Promise<Response> {
  const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
  const once = request.headers.get("if-none-match") === "*";
  const stored = await bucket.put(key, await request.arrayBuffer(), {
    // Content type and encoding.
    httpMetadata: request.headers,
    ...(once && { onlyIf: { etagDoesNotMatch: "*" } }),
  });
  return new Response(null, { status: stored === null ? 412 : 200 });
}
