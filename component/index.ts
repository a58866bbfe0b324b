import { CovidTriage } from './covid-triage/covid-triage.js';
import { CovidTriageWorklist } from './covid-triage-worklist/covid-triage-worklist.js';

export { CovidTriage, CovidTriageWorklist };

// A page that loads the module twice, from two places, keeps the first.
if (!customElements.get('covid-triage')) customElements.define('covid-triage', CovidTriage);
if (!customElements.get('covid-triage-worklist')) {
  customElements.define('covid-triage-worklist', CovidTriageWorklist);
}
