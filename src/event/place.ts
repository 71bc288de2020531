// Webflow's own text for the place of an address, read.

export interface Place {
  readonly city: string;
  /** ISO 3166-1 alpha-2 */
  readonly country: string;
}

/** `Ashburn US`, as Webflow writes the place of an address; null for any other text. */
export function toPlace(text: string): Place | null {
  const [, city, country] =
    (text.length <= 200 && /^([^,\s].*?)[,\s]+([A-Z]{2})$/.exec(text)) || [];
  return city && country ? { city, country } : null;
}
