// The sandbox is a small internet: one site per host, each a function from request to response.

export interface Site {
  fetch(request: Request): Promise<Response>;
}
