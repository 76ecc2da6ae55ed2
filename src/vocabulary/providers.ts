/** Spellings that SDKs use → value of `gen_ai.provider.name`. */
const PROVIDERS: Readonly<Record<string, string>> = {
  'az.ai.openai': 'azure.ai.openai',
  'az.ai.inference': 'azure.ai.inference',
  azure: 'azure.ai.openai',
  azure_openai: 'azure.ai.openai',
  'azure-openai': 'azure.ai.openai',
  vertex_ai: 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  'google.vertex': 'gcp.vertex_ai',
  google_vertexai: 'gcp.vertex_ai',
  gemini: 'gcp.gemini',
  google_genai: 'gcp.gemini',
  'google.generative-ai': 'gcp.gemini',
  google: 'gcp.gemini',
  xai: 'x_ai',
  mistral: 'mistral_ai',
  mistralai: 'mistral_ai',
  bedrock: 'aws.bedrock',
  aws_bedrock: 'aws.bedrock',
  amazon_bedrock: 'aws.bedrock',
  'amazon-bedrock': 'aws.bedrock',
  aws: 'aws.bedrock',
  watsonx: 'ibm.watsonx.ai',
};
const KNOWN = /^(azure\.ai\.|aws\.|gcp\.|ibm\.)/;

/**
 * A provider's canonical name. The Vercel AI SDK appends its own module (`openai.chat`, `google.vertex.chat`), others
 * write `OpenAI` or the names of earlier conventions.
 */
export function canonicalProvider(text: string): string {
  const name = text.trim().toLowerCase();
  const known = lookup(name);
  if (known !== undefined) return known;
  if (KNOWN.test(name)) return name;
  for (let end = name.lastIndexOf('.'); end > 0; end = name.lastIndexOf('.', end - 1)) {
    const shorter = lookup(name.slice(0, end));
    if (shorter !== undefined) return shorter;
  }
  return name.split('.', 1)[0]!;
}

function lookup(name: string): string | undefined {
  return Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
}
