using MicroChat.Model.Sampling;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Chat.Serving;

/// <summary>Turns a reply's tokens into pieces: whole characters, cut before a stop string. On the reader's side of the channel.</summary>
internal sealed class ReplyText(Tokenizer tokenizer, ReplyRequest request, int promptTokens)
{
    private readonly DecodeStream _text = tokenizer.NewStream(skipSpecial: true);
    private readonly StopStrings _stops = new(request.Sampling.Stop);
    private int _tokens;

    /// <summary>Whether a stop string was found: the reply is over, whatever the engine still sends.</summary>
    public bool Stopped => _stops.Stopped;

    /// <summary>The piece of a token; the last one when a stop string is complete.</summary>
    public ReplyPiece Add(TokenEvent token, ReadOnlySpan<(int Id, float LogProbability)> top, int cachedTokens)
    {
        _tokens++;
        string text = _stops.Append(_text.Step(token.Id)).ToString();
        return new ReplyPiece(text, token.Id, token.LogProbability)
        {
            Choice = request.TopLogProbabilities is null ? null : new TokenChoice(Named(token.Id, token.ModelLogProbability), Named(top)),
            FinishReason = Stopped ? ReplyFinish.StopString : null,
            Usage = Stopped ? new ReplyUsage(promptTokens, cachedTokens, _tokens) : null,
        };
    }

    /// <summary>The last piece, with what was held back; of a reply in which no stop string was found.</summary>
    public ReplyPiece Finish(ReplyEnd end)
    {
        string rest = _stops.Append(_text.Flush()).ToString();
        rest += _stops.Flush().ToString();
        ReplyFinish finish = Stopped ? ReplyFinish.StopString : end.Finish;
        return new ReplyPiece(rest, null, null, finish, new ReplyUsage(promptTokens, end.CachedTokens, end.ReplyTokens));
    }

    private TokenProbability[] Named(ReadOnlySpan<(int Id, float LogProbability)> top)
    {
        var named = new TokenProbability[top.Length];
        for (int i = 0; i < top.Length; i++)
        {
            named[i] = Named(top[i].Id, top[i].LogProbability);
        }
        return named;
    }

    private TokenProbability Named(int id, float logProbability) => new(id, tokenizer.Decode([id], skipSpecial: false), logProbability);
}
