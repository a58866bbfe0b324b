import { byId } from './dom.js';
import { locales, setLocale, text, translate, type Locale } from './texts.js';

const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

/** What was chosen last time; storage may be forbidden by the browser. */
function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`viewer-${key}`);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`viewer-${key}`, value);
  } catch {
    // It holds for this visit only.
  }
}

const isLocale = (value: string | null): value is Locale => locales.some((one) => one === value);
const isTheme = (value: string | null): value is Theme => themes.some((one) => one === value);

/** Language and theme: the page's and, by attributes, the elements'. */
export function connectSettings(onChange: () => void): void {
  const language = byId<HTMLSelectElement>('language');
  const theme = byId<HTMLSelectElement>('theme');
  const elements = [byId('triage'), byId('worklist')];

  const useLocale = (locale: Locale) => {
    setLocale(locale);
    document.documentElement.lang = locale;
    document.title = text('title');
    language.value = locale;
    translate(document);
    for (const element of elements) element.setAttribute('locale', locale);
    onChange();
  };
  const useTheme = (chosen: Theme) => {
    document.documentElement.dataset.theme = chosen;
    theme.value = chosen;
    for (const element of elements) element.setAttribute('theme', chosen);
  };

  language.addEventListener('change', () => {
    if (!isLocale(language.value)) return;
    remember('language', language.value);
    useLocale(language.value);
  });
  theme.addEventListener('change', () => {
    if (!isTheme(theme.value)) return;
    remember('theme', theme.value);
    useTheme(theme.value);
  });
  const storedLocale = remembered('language');
  const preferred: Locale = navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
  useLocale(isLocale(storedLocale) ? storedLocale : preferred);
  const storedTheme = remembered('theme');
  useTheme(isTheme(storedTheme) ? storedTheme : 'auto');
}
