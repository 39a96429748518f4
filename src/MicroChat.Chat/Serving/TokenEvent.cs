namespace MicroChat.Chat.Serving;

/// <summary>A token on its way from the engine to the reader of its reply.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProbability">Under the distribution it was drawn from.</param>
/// <param name="ModelLogProbability">Under the model itself.</param>
internal readonly record struct TokenEvent(int Id, float LogProbability, float ModelLogProbability);

/// <summary>How a reply ended.</summary>
/// <param name="Finish">Why, as far as the engine knows: stop strings are the reader's.</param>
/// <param name="ReplyTokens">Tokens that were chosen, an end token included.</param>
/// <param name="CachedTokens">Tokens of the prompt that were not computed for it.</param>
internal sealed record ReplyEnd(ReplyFinish Finish, int ReplyTokens, int CachedTokens);
