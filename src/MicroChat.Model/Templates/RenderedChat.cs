namespace MicroChat.Model.Templates;

/// <summary>A conversation as the model's text.</summary>
/// <param name="Text">The whole text.</param>
/// <param name="GenerationSpans">The pieces that generation blocks wrote, in the order in which they ended; empty where the template has none.</param>
public sealed record RenderedChat(string Text, IReadOnlyList<GenerationSpan> GenerationSpans);

/// <summary>A conversation as token ids.</summary>
/// <param name="Ids">Token ids, shape (T).</param>
/// <param name="IsGenerated">Whether a generation block wrote the token, which is what a model is trained on; shape (T).</param>
public sealed record EncodedChat(int[] Ids, bool[] IsGenerated);
