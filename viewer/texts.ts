/** The viewer's own texts. A host viewer brings its own; the elements translate themselves. */
const english = {
  title: 'Demo viewer',
  notForDiagnosis: 'Not for diagnosis',
  skipToPicture: 'Skip to the picture',
  searchPatients: 'Search patients by name or ID',
  upload: 'Send files…',
  language: 'Language',
  theme: 'Theme',
  themeAuto: 'As the system',
  themeLight: 'Light',
  themeDark: 'Dark',
  worklist: 'Worklist',
  patients: 'Patients',
  patient: 'Patient',
  picture: 'Picture',
  pictureTools: 'Picture tools',
  zoomIn: 'Larger',
  zoomOut: 'Smaller',
  brighter: 'Brighter',
  darker: 'Darker',
  moreContrast: 'More contrast',
  lessContrast: 'Less contrast',
  reset: 'Reset',
  heatmap: 'Heatmap',
  regions: 'Involved regions',
  presetLung: 'Lung window',
  presetMediastinum: 'Mediastinum window',
  slice: 'Slice',
  sliceNumber: 'Slice {number} of {count}',
  slicePlace: ', at {mm} mm',
  sliceMarked: ', carries evidence',
  stackHelp:
    'Wheel, up and down arrows, Page Up and Page Down, Home and End go through the slices, head first; Ctrl and wheel zooms. Marks: slices that carry the evidence.',
  seriesNumber: 'Series {number}',
  instances: 'Pictures of this study',
  pictureNumber: 'Picture {number}',
  canvasHelp:
    'Drag: window (left and right) and level (up and down). Wheel: zoom. Shift and drag: move. Keys: + and −, arrows move, Shift and arrows change the window, 0 resets, H shows the heatmap.',
  record: 'Record',
  studies: 'Studies',
  noStudies: 'No studies.',
  noPatients: 'No patients found.',
  noPatient: 'No patient chosen. Choose one from the worklist, or send DICOM files.',
  noPicture: 'This study has no picture that can be shown.',
  loading: 'Loading…',
  pictureFailed: 'The picture could not be loaded ({reason}).',
  windowReading: 'W {width} · L {center}',
  patientId: 'ID',
  birthDate: 'Born',
  sex: 'Sex',
  age: '{years} years',
  unknown: 'unknown',
  female: 'female',
  male: 'male',
  other: 'other',
  unnamed: 'Without name',
  noDate: 'No date',
  noDescription: 'Without description',
  synthetic: 'Synthetic: this patient does not exist, and the pictures show nobody.',
  noteNormal: 'Drawn to show: a normal chest.',
  notePneumonia: 'Drawn to show: bacterial pneumonia of one lobe, with air bronchograms.',
  noteCovid1: 'Drawn to show: COVID-19 pneumonia, mild.',
  noteCovid2: 'Drawn to show: COVID-19 pneumonia, moderate.',
  noteCovid3: 'Drawn to show: COVID-19 pneumonia, severe.',
  noteCourse: 'Drawn to show: a course of COVID-19 pneumonia: mild, severe nine days in, then recovering.',
  noteHand: 'Drawn to show: a hand. The model must decline to judge it.',
  uploads: 'Files sent',
  dropHere: 'Drop DICOM files to send them',
  sending: '{percent} % sent',
  storing: 'Being stored…',
  stored: 'Stored',
  storedWithWarning: 'Stored, with a warning: {reason}',
  failedNetwork: 'Not sent: the server could not be reached.',
  failedStatus: 'Not stored: {reason}',
  reasonTooLarge: 'the file is larger than the server accepts',
  reasonNotDicom: 'this is not a DICOM file the server can read',
  reasonDuplicate: 'another picture with the same identifier is stored already',
  reasonDemographics: 'another birth date or sex is known of this Patient ID',
  reasonAttributes: 'this picture was stored before; what is new about it is not taken',
  reasonUnsupported: 'this kind of DICOM object is not supported',
  reasonResources: 'the server is out of room or too busy; send it again later',
  reasonProcessing: 'the server could not process it',
  reasonCode: 'the server answered with code {code}',
  apiFailed: 'The server did not answer as expected ({reason}). Try again.',
  studyUnknown: 'There is no such study here.',
};

export type TextKey = keyof typeof english;

const chinese: Record<TextKey, string> = {
  title: '演示阅片器',
  notForDiagnosis: '不得用于诊断',
  skipToPicture: '跳到图像',
  searchPatients: '按姓名或编号搜索患者',
  upload: '发送文件…',
  language: '语言',
  theme: '主题',
  themeAuto: '跟随系统',
  themeLight: '浅色',
  themeDark: '深色',
  worklist: '工作列表',
  patients: '患者',
  patient: '患者',
  picture: '图像',
  pictureTools: '图像工具',
  zoomIn: '放大',
  zoomOut: '缩小',
  brighter: '调亮',
  darker: '调暗',
  moreContrast: '增强对比度',
  lessContrast: '减弱对比度',
  reset: '复位',
  heatmap: '热力图',
  regions: '受累区域',
  presetLung: '肺窗',
  presetMediastinum: '纵隔窗',
  slice: '层面',
  sliceNumber: '层面 {number}/{count}',
  slicePlace: '，位置 {mm} 毫米',
  sliceMarked: '，判断依据',
  stackHelp:
    '滚轮、上下方向键、Page Up 和 Page Down、Home 和 End 浏览层面，从头侧开始；Ctrl 加滚轮缩放。标记：作为判断依据的层面。',
  seriesNumber: '序列 {number}',
  instances: '本次检查的图像',
  pictureNumber: '图像 {number}',
  canvasHelp:
    '拖动：左右调窗宽，上下调窗位。滚轮：缩放。按住 Shift 拖动：平移。按键：+ 和 − 缩放，方向键平移，Shift 加方向键调窗，0 复位，H 显示热力图。',
  record: '病历',
  studies: '检查',
  noStudies: '没有检查。',
  noPatients: '未找到患者。',
  noPatient: '尚未选择患者。请从工作列表中选择，或发送 DICOM 文件。',
  noPicture: '本次检查没有可显示的图像。',
  loading: '正在加载…',
  pictureFailed: '无法加载图像（{reason}）。',
  windowReading: '窗宽 {width} · 窗位 {center}',
  patientId: '编号',
  birthDate: '出生日期',
  sex: '性别',
  age: '{years} 岁',
  unknown: '不详',
  female: '女',
  male: '男',
  other: '其他',
  unnamed: '未具名',
  noDate: '无日期',
  noDescription: '无说明',
  synthetic: '合成数据：此患者并不存在，图像不属于任何人。',
  noteNormal: '所绘内容：正常胸部。',
  notePneumonia: '所绘内容：单一肺叶的细菌性肺炎，伴支气管充气征。',
  noteCovid1: '所绘内容：新冠肺炎，轻度。',
  noteCovid2: '所绘内容：新冠肺炎，中度。',
  noteCovid3: '所绘内容：新冠肺炎，重度。',
  noteCourse: '所绘内容：新冠肺炎的病程：先为轻度，第九天为重度，随后恢复。',
  noteHand: '所绘内容：一只手。模型必须拒绝判断。',
  uploads: '已发送的文件',
  dropHere: '将 DICOM 文件拖放到此处发送',
  sending: '已发送 {percent} %',
  storing: '正在存储…',
  stored: '已存储',
  storedWithWarning: '已存储，但有警告：{reason}',
  failedNetwork: '未发送：无法连接服务器。',
  failedStatus: '未存储：{reason}',
  reasonTooLarge: '文件超过服务器允许的大小',
  reasonNotDicom: '这不是服务器能读取的 DICOM 文件',
  reasonDuplicate: '已存有另一幅标识相同的图像',
  reasonDemographics: '该患者编号已记录的出生日期或性别与此不同',
  reasonAttributes: '该图像此前已存储；其中更改的信息未被采用',
  reasonUnsupported: '不支持这类 DICOM 对象',
  reasonResources: '服务器空间不足或过于繁忙，请稍后重新发送',
  reasonProcessing: '服务器无法处理该文件',
  reasonCode: '服务器返回代码 {code}',
  apiFailed: '服务器未按预期应答（{reason}）。请重试。',
  studyUnknown: '此处没有该检查。',
};

export const locales = ['en', 'zh-CN'] as const;
export type Locale = (typeof locales)[number];

let current: Locale = 'en';

export function setLocale(locale: Locale): void {
  current = locale;
}

export function locale(): Locale {
  return current;
}

/** A text in the current language, with `{name}` replaced. */
export function text(key: TextKey, values: Record<string, string | number> = {}): string {
  const template = (current === 'zh-CN' ? chinese : english)[key];
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** Fills every element that names a text in `data-text` or `data-label`. */
export function translate(root: ParentNode): void {
  const isKey = (key: string | undefined): key is TextKey => key !== undefined && key in english;
  for (const element of root.querySelectorAll<HTMLElement>('[data-text]')) {
    if (isKey(element.dataset.text)) element.textContent = text(element.dataset.text);
  }
  for (const element of root.querySelectorAll<HTMLElement>('[data-label]')) {
    if (!isKey(element.dataset.label)) continue;
    const label = text(element.dataset.label);
    element.setAttribute('aria-label', label);
    if (element instanceof HTMLButtonElement) element.title = label;
    if (element instanceof HTMLInputElement) element.placeholder = label;
  }
}
