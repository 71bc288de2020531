// How far apart countries are at the least, as the event's own text names them: no service is asked. Each is a circle
// that holds where its people live, so that a journey that could be made is never called impossible.

/** By ISO 3166-1 code: latitude and longitude of the middle, and the radius in hundreds of kilometres. */
const circles = `
  AD 42 1 0,AE 24 54 3,AF 34 66 7,AL 41 20 2,AM 40 45 2,AO -12 18 8,AR -35 -64 18,AT 47 14 4,AU -27 134 22,AZ 40 48 3,
  BA 44 18 2,BB 13 -59 0,BD 24 90 4,BE 51 4 2,BF 12 -2 4,BG 43 25 3,BH 26 50 0,BI -3 30 1,BJ 9 2 4,BN 5 115 1,
  BO -17 -65 8,BR -12 -50 24,BS 25 -77 4,BT 27 90 2,BW -22 24 5,BY 53 28 4,BZ 17 -88 2,CA 50 -96 29,CD -3 23 12,
  CF 7 21 6,CG -1 15 6,CH 47 8 2,CI 8 -6 4,CL -33 -71 25,CM 6 12 6,CN 34 105 25,CO 5 -74 8,CR 10 -84 2,CU 22 -80 6,
  CV 15 -24 2,CY 35 33 1,CZ 50 15 3,DE 51 10 5,DJ 12 43 1,DK 56 10 3,DO 19 -70 2,DZ 33 3 10,EC -1 -79 6,EE 59 26 2,
  EG 27 31 6,ER 15 39 4,ES 39 -4 9,ET 9 39 8,FI 63 26 7,FJ -18 178 3,FR 46 2 7,GA -1 12 4,GB 54 -3 6,GE 42 43 3,
  GH 8 -1 4,GI 36 -5 0,GM 13 -15 2,GN 10 -11 4,GR 39 24 5,GT 16 -90 3,GY 5 -59 4,HK 22 114 0,HN 15 -87 3,HR 45 16 3,
  HT 19 -72 2,HU 47 19 3,ID -3 117 27,IE 53 -8 3,IL 31 35 3,IN 22 80 18,IQ 33 44 6,IR 33 53 12,IS 65 -19 3,IT 42 13 7,
  JM 18 -77 1,JO 31 36 3,JP 36 138 13,KE 0 38 6,KG 41 75 5,KH 12 105 3,KR 36 128 3,KW 29 48 1,KZ 48 68 16,LA 18 104 6,
  LB 34 36 1,LI 47 9 0,LK 7 81 3,LR 6 -9 3,LT 55 24 2,LU 50 6 1,LV 57 25 2,LY 29 17 10,MA 32 -6 8,MC 44 7 0,MD 47 29 2,
  ME 43 19 1,MG -19 47 8,MK 42 22 1,ML 14 -5 9,MM 20 96 9,MN 47 104 12,MO 22 114 0,MR 19 -12 8,MT 36 14 0,MU -20 58 1,
  MV 4 73 4,MW -13 34 4,MX 23 -102 17,MY 4 109 10,MZ -18 36 10,NA -22 17 8,NE 15 8 8,NG 9 8 7,NI 13 -85 3,NL 52 5 2,
  NO 64 13 10,NP 28 84 4,NZ -41 174 9,OM 21 57 5,PA 9 -80 3,PE -10 -75 10,PG -6 146 8,PH 12 122 9,PK 30 69 9,PL 52 19 4,
  PR 18 -66 1,PS 32 35 1,PT 40 -8 3,PY -24 -57 5,QA 25 51 1,RO 46 25 4,RS 44 21 3,RW -2 30 1,SA 24 45 11,SD 15 31 9,
  SE 61 16 8,SG 1 104 0,SI 46 15 1,SK 49 19 2,SL 8 -12 2,SN 14 -15 4,SO 5 46 8,SR 5 -56 3,SS 7 30 6,SV 14 -89 1,
  SY 35 38 4,TD 13 18 8,TG 8 1 3,TH 14 101 9,TJ 39 71 4,TM 39 59 6,TN 35 10 4,TR 39 35 9,TT 10 -61 1,TW 24 121 2,
  TZ -6 35 7,UA 49 31 7,UG 1 32 3,US 39 -98 27,UY -33 -56 3,UZ 41 65 8,VE 8 -66 8,VN 16 107 9,XK 43 21 1,YE 15 47 6,
  ZA -29 25 9,ZM -14 28 7,ZW -19 30 4`;

interface Circle {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusKm: number;
}

const circleOf: ReadonlyMap<string, Circle> = new Map(
  circles.split(",").map((text) => {
    const [country = "", latitude, longitude, radius] = text.trim().split(" ");
    const circle = {
      latitude: Number(latitude),
      longitude: Number(longitude),
      // The middles are rounded to a degree.
      radiusKm: Number(radius) * 100 + 100,
    };
    return [country, circle];
  }),
);

/** Kilometres between the edges of two countries; 0 where they touch, and where one is not known. */
export function kmBetween(a: string, b: string): number {
  const one = circleOf.get(a);
  const other = circleOf.get(b);
  if (!one || !other) return 0;
  return Math.max(0, greatCircleKm(one, other) - one.radiusKm - other.radiusKm);
}

function greatCircleKm(a: Circle, b: Circle): number {
  const rad = Math.PI / 180;
  const [phi, psi] = [a.latitude * rad, b.latitude * rad];
  const cosine =
    Math.sin(phi) * Math.sin(psi) +
    Math.cos(phi) * Math.cos(psi) * Math.cos((a.longitude - b.longitude) * rad);
  return 6371 * Math.acos(Math.min(1, Math.max(-1, cosine)));
}
