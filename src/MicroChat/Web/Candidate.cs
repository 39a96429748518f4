using System.Text;
using MicroChat.Chat;
using MicroChat.Feedback;
using Microsoft.Extensions.AI;

namespace MicroChat.Web;

/// <summary>One reply while it is being made: what came so far, and everything the store wants to know about it.</summary>
internal sealed class Candidate(Guid id, long seed)
{
    private readonly StringBuilder text = new();
    private readonly List<int> tokens = [];
    private readonly List<float> logProbabilities = [];

    public Guid Id => id;

    public long Seed => seed;

    /// <summary>Set once work on it has begun.</summary>
    public ReplyStart? Start { get; private set; }

    /// <summary>Set at a proper end.</summary>
    public ReplyFinish? Finish { get; private set; }

    /// <summary>Set when it ended otherwise: cancelled, or broken.</summary>
    public Exception? Failure { get; private set; }

    public bool HasEnded { get; private set; }

    public string Text => text.ToString();

    /// <summary>How it ended, in the page's words.</summary>
    public string FinishName => (Finish, Failure) switch
    {
        (ReplyFinish.Length, _) => "length",
        (ReplyFinish.Interrupted, _) => "interrupted",
        (not null, _) => "end",
        (_, OperationCanceledException) => "stopped",
        _ => "interrupted",
    };

    /// <summary>Reads the whole stream and reports every change; never throws.</summary>
    /// <param name="updates">The model's reply.</param>
    /// <param name="changed">Called with each piece, and with null at the end.</param>
    public async Task PumpAsync(IAsyncEnumerable<ChatResponseUpdate> updates, Func<Candidate, ReplyPiece?, ValueTask> changed)
    {
        try
        {
            await foreach (ChatResponseUpdate update in updates)
            {
                if (update.RawRepresentation is ReplyPiece piece)
                {
                    await changed(this, piece);
                }
            }
        }
        catch (Exception e)
        {
            Failure = e;      // judged by the reader of the changes, who knows whether the answer has begun
        }
        await changed(this, null);
    }

    /// <summary>Takes in what <see cref="PumpAsync"/> reported.</summary>
    public void Apply(ReplyPiece? piece)
    {
        if (piece is null)
        {
            HasEnded = true;
            return;
        }
        Start ??= piece.Start;
        Finish ??= piece.FinishReason;
        text.Append(piece.Text);
        if (piece is { TokenId: { } token, LogProbability: { } logProbability })
        {
            tokens.Add(token);
            logProbabilities.Add(logProbability);
        }
    }

    /// <summary>The row of this reply at its beginning: should the program end now, it is a reply that was stopped before its first word.</summary>
    public ExchangeRecord ToExchange(ReplyPlan plan, string samplingJson) => new()
    {
        Id = id,
        Conversation = plan.Conversation,
        Parent = plan.Parent,
        Place = Place.Of(Platforms.Web),
        Person = plan.Visitor,
        Origin = plan.Origin,
        SystemPrompt = plan.System,
        Prompt = plan.Message,
        PromptTokens = Start!.PromptIds,
        ModelVersion = ModelNames.Version(Start.Model),
        SamplingJson = samplingJson,
        Seed = Start.Seed,
        Time = plan.Time,
        Reply = new ExchangeReply { Status = ReplyStatus.Stopped, Text = "", Time = plan.Time },
    };

    /// <summary>The reply as it is at its end.</summary>
    public ExchangeReply ToReply(DateTimeOffset time) => new()
    {
        Status = (Finish, Failure) switch
        {
            (ReplyFinish.Interrupted, _) or (null, OperationCanceledException) => ReplyStatus.Stopped,
            (null, _) => ReplyStatus.Failed,
            _ => ReplyStatus.Complete,
        },
        Text = Text,
        Tokens = tokens,
        LogProbabilities = logProbabilities,
        Time = time,
    };
}
