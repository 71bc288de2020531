// The version that runs, as the API, the metrics and the User-Agent tell it.
export const version = "0.1.0";
