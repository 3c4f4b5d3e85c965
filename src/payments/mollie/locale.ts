/** What Mollie's pages speak. The first of a language is the one for a guest whose region has none. */
const locales = [
  'en_GB',
  'en_US',
  'en_NL',
  'en_BE',
  'ca_ES',
  'cs_CZ',
  'da_DK',
  'de_DE',
  'de_AT',
  'de_CH',
  'de_LU',
  'es_ES',
  'fi_FI',
  'fr_FR',
  'fr_BE',
  'fr_LU',
  'hu_HU',
  'is_IS',
  'it_IT',
  'lt_LT',
  'lv_LV',
  'nb_NO',
  'nl_NL',
  'nl_BE',
  'pl_PL',
  'pt_PT',
  'sk_SK',
  'sv_SE',
] as const;
type MollieLocale = (typeof locales)[number];

/** `de-AT` is `de_AT`, `de-LI` is `de_DE`; a language that Mollie lacks (Georgian, Russian, Serbian) is `en_GB`. */
export function mollieLocale(guestLocale: string): MollieLocale {
  const [language = '', ...rest] = guestLocale.toLowerCase().split(/[-_]/);
  const region = rest.find((part) => part.length === 2)?.toUpperCase() ?? '';
  // Norwegian comes as "no", "nb" or "nn".
  const spoken = language === 'no' || language === 'nn' ? 'nb' : language;
  return (
    locales.find((locale) => locale === `${spoken}_${region}`) ??
    locales.find((locale) => locale.startsWith(`${spoken}_`)) ??
    'en_GB'
  );
}
