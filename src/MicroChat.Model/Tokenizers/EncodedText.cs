namespace MicroChat.Model.Tokenizers;

/// <summary>The tokens of a text and where each comes from.</summary>
/// <param name="Ids">Token ids, shape (T).</param>
/// <param name="Tokens">The vocabulary's spelling of each id, but of an added token the text that it matched, shape (T).</param>
/// <param name="Offsets">Half-open ranges of the original text, shape (T). Unit: Unicode code points.</param>
public sealed record EncodedText(IReadOnlyList<int> Ids, IReadOnlyList<string> Tokens, IReadOnlyList<TextRange> Offsets);

/// <summary>Half-open range [Start, End).</summary>
public readonly record struct TextRange(int Start, int End);
