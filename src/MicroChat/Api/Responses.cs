using System.Text.Json.Serialization;

namespace MicroChat.Api;

/// <summary>{"error": {…}}.</summary>
internal sealed record ErrorBody(ErrorDetail Error);

internal sealed record ErrorDetail(string Message, string Type, string? Param, string? Code);

/// <summary>A list of models.</summary>
internal sealed record ModelList(string Object, IReadOnlyList<ModelEntry> Data);

/// <param name="Created">Unit: seconds since 1970.</param>
/// <param name="ContextWindow">Longest prompt plus reply. Unit: tokens.</param>
internal sealed record ModelEntry(string Id, string Object, long Created, string OwnedBy, int ContextWindow);

/// <summary>A whole reply to messages.</summary>
internal sealed record ChatCompletion(
    string Id, string Object, long Created, string Model, IReadOnlyList<ChatChoice> Choices, Usage Usage, string SystemFingerprint);

internal sealed record ChatChoice(int Index, ReplyMessage Message, ChatLogProbabilities? Logprobs, string FinishReason);

internal sealed record ReplyMessage(string Role, string Content, string? Refusal);

/// <summary>A part of a streamed reply to messages.</summary>
internal sealed record ChatChunk(string Id, string Object, long Created, string Model, IReadOnlyList<ChunkChoice> Choices, string SystemFingerprint)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }
}

internal sealed record ChunkChoice(int Index, Delta Delta, ChatLogProbabilities? Logprobs, string? FinishReason);

internal sealed record Delta(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content);

/// <summary>Probabilities of the reply's tokens, in order.</summary>
internal sealed record ChatLogProbabilities(IReadOnlyList<TokenLogProbability> Content, IReadOnlyList<TokenLogProbability>? Refusal);

/// <param name="Bytes">UTF-8 of the token; null where it is only part of a character.</param>
internal sealed record TokenLogProbability(string Token, double Logprob, IReadOnlyList<int>? Bytes)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TokenLogProbability>? TopLogprobs { get; init; }
}

/// <summary>A continued text, whole or (then without usage) in parts.</summary>
internal sealed record TextCompletion(string Id, string Object, long Created, string Model, IReadOnlyList<TextChoice> Choices, string SystemFingerprint)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }
}

internal sealed record TextChoice(int Index, string Text, TextLogProbabilities? Logprobs, string? FinishReason);

/// <param name="TextOffset">Where each token begins. Unit: characters from the beginning of the choice's text.</param>
internal sealed record TextLogProbabilities(
    IReadOnlyList<string> Tokens, IReadOnlyList<double> TokenLogprobs, IReadOnlyList<Dictionary<string, double>>? TopLogprobs, IReadOnlyList<int> TextOffset);

/// <summary>Tokens that a request cost; several choices share one prompt.</summary>
internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens, PromptTokensDetails PromptTokensDetails);

/// <param name="CachedTokens">Tokens of the prompt that had not to be computed again.</param>
internal sealed record PromptTokensDetails(int CachedTokens);
