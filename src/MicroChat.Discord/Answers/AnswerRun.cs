using System.Runtime.InteropServices;
using System.Text.Json;
using MicroChat.Chat;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Discord.Text;
using MicroChat.Feedback;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Answers;

/// <summary>How a run came to its end.</summary>
internal enum RunEnd
{
    /// <summary>The outcome, whatever it is, is shown and kept.</summary>
    Done,

    /// <summary>It was broken off from outside, and nothing was shown or kept of its end: whoever did that knows what comes next.</summary>
    BrokenOff,
}

/// <summary>Makes the answer (or the two) to one question, shows it while it grows, and keeps it in the store. Every run ends with something that can be seen.</summary>
internal sealed partial class AnswerRun(BotContext bot, Question question, IAnswerTarget target)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly List<AnswerStream> streams = [];
    private readonly DateTimeOffset asked = bot.Time.GetUtcNow();
    private FittedHistory? prompt;
    private SamplingOptions sampling = new();
    private ComparisonRecord? comparison;
    private bool kept;

    /// <summary>Runs to the end.</summary>
    /// <param name="stop">A person's wish to stop: what there is stays.</param>
    /// <param name="breakOff">Breaks it off: deleted, edited, or the program ends.</param>
    public async Task<RunEnd> RunAsync(CancellationToken stop, CancellationToken breakOff)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, breakOff);
        try
        {
            using (bot.Typing.Begin(question.Path.Innermost))
            {
                await GenerateAsync(either);
            }
            if (breakOff.IsCancellationRequested)
            {
                await DiscardAsync();
                return RunEnd.BrokenOff;
            }
            await ConcludeAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException || !breakOff.IsCancellationRequested)
        {
            await DiscardAsync();
            await FailAsync(e);
        }
        return RunEnd.Done;
    }

    private async Task GenerateAsync(CancellationTokenSource either)
    {
        prompt = Prompt();
        Task[] pumps = [.. Enumerable.Range(0, question.Count).Select(_ => StartStream(either.Token))];
        bot.NewRandom().Shuffle(CollectionsMarshal.AsSpan(streams));           // the order in which two are shown, and compared
        var painter = new AnswerPainter(bot, streams, Layouts.Growing, target, question.Turn.Id);
        Task keeping = KeepAsync();
        await painter.RunAsync(either.Token);
        if (painter.IsForbidden || painter.IsGone)
        {
            await either.CancelAsync();
        }
        await Task.WhenAll(pumps);
        await keeping;
    }

    private Task StartStream(CancellationToken stop)
    {
        var stream = new AnswerStream(Guid.CreateVersion7(bot.Time.GetUtcNow()), bot.NewSeed(), [.. ControlMarks.Roles, .. question.Speakers]);
        var options = new ChatOptions
        {
            Seed = stream.Seed, AdditionalProperties = new AdditionalPropertiesDictionary
            {
                [ReplyOptions.User] = question.Person.Value, [ReplyOptions.Conversation] = $"{question.Conversation}", [ReplyOptions.Server] = question.Path.ToPlace().Server,
                [ReplyOptions.Generation] = streams.Count == 0 ? question.Duel?.Live : question.Duel?.Canary,
            },
        };
        sampling = SamplingMapping.ToSampling(options, bot.Generator.Info.Sampling);
        streams.Add(stream);
        return Task.Run(() => stream.PumpAsync(bot.Client.GetStreamingResponseAsync(prompt!.Messages, options, stop)), CancellationToken.None);
    }

    /// <exception cref="MessageTooLongException">Not even the question alone fits.</exception>
    private FittedHistory Prompt()
    {
        ChatMessage[] messages =
        [
            .. question.System is null ? (ReadOnlySpan<ChatMessage>)[] : [new ChatMessage(ChatRole.System, question.System)],
            .. question.History.SelectMany(e => (ChatMessage[])[new(ChatRole.User, e.Prompt), new(ChatRole.Assistant, e.Reply!.Text)]),
            new ChatMessage(ChatRole.User, question.Text),
        ];
        return HistoryBudget.Fit(
            messages,
            all => bot.Generator.CountTokens([.. all.Select(m => new ChatTurn(m.Role.Value, m.Text))]),
            TokenBudget.For(bot.Generator.Info.ContextTokens, bot.Generator.Info.Sampling.MaxReplyTokens));
    }

    public static string VersionOf(ModelCard card) => $"{card.Name}@{card.Version}";

    private async Task ConcludeAsync()
    {
        if (streams.Any(stream => bot.BlockedOutput.Matches(stream.Text)))
        {
            await DiscardAsync();
            await ShowOutcomeAsync(Outcome.Withheld);
        }
        else if (streams.All(stream => stream.Text.Trim().Length > 0))
        {
            await ShowAnswerAsync();
        }
        else
        {
            await DiscardAsync();
            Exception? failure = streams.Select(stream => stream.Failure).FirstOrDefault(e => e is not null);
            if (failure is not null and not OperationCanceledException)
            {
                await FailAsync(failure);
                return;
            }
            await ShowOutcomeAsync(failure is null ? Outcome.Nothing : Outcome.Stopped);
        }
    }

    private async Task ShowAnswerAsync()
    {
        if (kept)
        {
            foreach (AnswerStream stream in streams)
            {
                await bot.Store.SetReplyAsync(stream.Id, stream.ToReply(bot.Time.GetUtcNow()), CancellationToken.None);
            }
            await CompareAsync();
        }
        await ShowFinallyAsync(question.Count == 1
            ? Layouts.Single(streams[0], SingleRows(), bot.NewErrorId)
            : Layouts.Pair(streams, comparison is null ? AnswerButtons.Failed(question.Turn.Id) : AnswerButtons.Pair(comparison), comparison is not null, bot.NewErrorId));
        if (kept)
        {
            await AttachAsync();
        }
    }

    private AnswerLayouts Layouts => new(question, prompt!.Dropped, bot.Options.MostMessages);

    private IReadOnlyList<ComponentRow> SingleRows() => !kept ? AnswerButtons.Failed(question.Turn.Id)
        : comparison is null ? AnswerButtons.Finished(streams[0].Id, question.Turn.Id)
        : AnswerButtons.Retried(streams[0].Id, question.Turn.Id, comparison);

    private async Task FailAsync(Exception failure)
    {
        string id = bot.NewErrorId();
        var outcome = Outcome.Of(failure, id);
        if (outcome.IsFault)
        {
            LogFailed(bot.Log, id, failure.GetType().Name, failure is FeedbackException or DiscordException ? failure.Message : "");
        }
        await ShowOutcomeAsync(outcome);
    }

    private Task ShowOutcomeAsync(Outcome outcome) =>
        ShowFinallyAsync(new AnswerView([outcome.Text], outcome.MayRetry ? AnswerButtons.Failed(question.Turn.Id) : [], null));

    /// <summary>The last word: tried again where Discord has trouble, and sent anew where the message is gone or too old to change.</summary>
    private async Task ShowFinallyAsync(AnswerView view)
    {
        const int Most = 4;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await target.ShowAsync(view, CancellationToken.None);
                return;
            }
            catch (DiscordException e) when ((e.MayRetry || e.OutcomeUnknown) && attempt < Most)
            {
                await Task.Delay(e.RetryAfter ?? TimeSpan.FromSeconds(1 << attempt), bot.Time);
            }
            catch (DiscordException e)
            {
                LogNotShown(bot.Log, e.Code, e.Message);
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Answer failed (error {Id}): {Type} {Detail}")]
    private static partial void LogFailed(ILogger log, string id, string type, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An answer could not be shown on Discord ({Code}): {Detail}")]
    private static partial void LogNotShown(ILogger log, int code, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An answer could not be kept and cannot be rated.")]
    private static partial void LogNotKept(ILogger log, Exception e);
}
