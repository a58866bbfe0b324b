/** DICOM modalities that the model judges: computed, digital and digitised radiography. */
export const supportedModalities: readonly string[] = ['CR', 'DX', 'RG'];
