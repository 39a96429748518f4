using System.Text.Json;
using System.Threading.Channels;
using MicroChat.Chat;
using MicroChat.Feedback;
using MicroChat.Model.Sampling;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace MicroChat.Web;

/// <summary>
/// Makes the replies to one message, streams them to the page and keeps them in the store. Candidates that are to be compared begin
/// to show together, so that neither is preferred for being first.
/// </summary>
internal sealed class ReplyRun(
    ReplyPlan plan, RunningReplies.Run run, ServicesOfReplies services, HttpContext context)
{
    private const int MostWaitingPieces = 256;

    private readonly EventWriter events = new(context);
    private readonly List<Candidate> candidates = [];
    private SamplingOptions sampling = new();
    private bool announced;
    private bool begun;

    /// <summary>Runs to the end of all candidates, a stop included.</summary>
    public async Task RunAsync()
    {
        var changes = Channel.CreateBounded<(Candidate, ReplyPiece?)>(MostWaitingPieces);
        Task[] pumps = [.. Enumerable.Range(0, plan.Count).Select(_ => StartCandidate(changes.Writer))];
        Task all = Task.WhenAll(pumps).ContinueWith(_ => changes.Writer.Complete(), TaskScheduler.Default);
        try
        {
            await foreach ((Candidate candidate, ReplyPiece? piece) in changes.Reader.ReadAllAsync(CancellationToken.None))
            {
                await FollowAsync(candidate, piece);
            }
        }
        catch (Exception e) when (context.Response.HasStarted)
        {
            PageException known = PageErrors.Of(e, context);
            await events.WriteAsync(new ChatEvent("error") { Message = known.Message, Retry = known.Retry });
        }
        finally
        {
            run.Stop();      // after a failure here the candidates must not go on for nobody
            await foreach ((Candidate, ReplyPiece?) _ in changes.Reader.ReadAllAsync(CancellationToken.None))
            {
                continue;
            }
            await all;
        }
    }

    private async Task FollowAsync(Candidate candidate, ReplyPiece? piece)
    {
        candidate.Apply(piece);
        if (piece?.Queue is { } queue)
        {
            await AnnounceAsync();
            await events.WriteAsync(new ChatEvent("queue") { Position = queue.Position, Seconds = queue.EstimatedWait?.TotalSeconds });
        }
        else if (!begun && candidates.All(c => c.Start is not null || c.HasEnded))
        {
            await BeginAsync();
        }
        else if (begun && piece is { Text.Length: > 0 })
        {
            await events.WriteAsync(new ChatEvent("text") { Reply = candidate.Id, Text = piece.Text });
        }
        else if (begun && piece is null)
        {
            await EndAsync(candidate);
        }
    }

    private Task StartCandidate(ChannelWriter<(Candidate, ReplyPiece?)> changes)
    {
        var candidate = new Candidate(Guid.CreateVersion7(services.Time.GetUtcNow()), services.NewSeed());
        var options = new ChatOptions
        {
            Temperature = (float?)plan.Temperature,
            Seed = candidate.Seed,
            AdditionalProperties = new AdditionalPropertiesDictionary
            {
                [ReplyOptions.User] = plan.Visitor.Value, [ReplyOptions.Conversation] = $"{plan.Conversation}",
                [ReplyOptions.Generation] = candidates.Count == 0 ? plan.Duel?.Live : plan.Duel?.Canary,
            },
        };
        sampling = SamplingMapping.ToSampling(options, services.Generator.Info.Sampling);
        candidates.Add(candidate);
        return candidate.PumpAsync(services.Client.GetStreamingResponseAsync(plan.Messages, options, run.Stopping),
            (c, piece) => changes.WriteAsync((c, piece), CancellationToken.None));
    }

    /// <summary>The first line; nothing is sent before it, so that a refused request gets its proper status.</summary>
    private async Task AnnounceAsync()
    {
        if (!announced)
        {
            announced = true;
            await events.WriteAsync(new ChatEvent("run") { Run = run.Id, Conversation = plan.Conversation });
        }
    }

    /// <summary>All candidates have begun (or failed before they could): keeps them and shows what there is.</summary>
    private async Task BeginAsync()
    {
        begun = true;
        Candidate[] started = [.. candidates.Where(c => c.Start is not null)];
        if (started.Length == 0)
        {
            Exception why = candidates[0].Failure ?? new InvalidOperationException("The model ended its reply without beginning it.");
            if (why is not OperationCanceledException)
            {
                throw why;
            }
            await AnnounceAsync();
            return;
        }
        await services.Consent.PresetAsync(plan.Visitor);
        foreach (Candidate candidate in started)
        {
            string json = JsonSerializer.Serialize(sampling with { Seed = candidate.Start!.Seed }, PageJson.Default.SamplingOptions);
            await services.Store.AddExchangeAsync(candidate.ToExchange(plan, json), CancellationToken.None);
        }
        ComparisonBody? comparison = await CompareAsync(started);
        await AnnounceAsync();
        if (plan.Dropped is { } dropped)
        {
            await events.WriteAsync(new ChatEvent("notice") { Dropped = dropped });
        }
        StartedReply[] replies = [.. started.Select(c => new StartedReply(c.Id, ModelNames.Version(c.Start!.Model)))];
        await events.WriteAsync(new ChatEvent("start") { Replies = replies, Comparison = comparison });
        foreach (Candidate candidate in started)
        {
            await ShowAsync(candidate);
        }
    }

    /// <summary>What a candidate said before all had begun.</summary>
    private async Task ShowAsync(Candidate candidate)
    {
        if (candidate.Text.Length > 0)
        {
            await events.WriteAsync(new ChatEvent("text") { Reply = candidate.Id, Text = candidate.Text });
        }
        if (candidate.HasEnded)
        {
            await EndAsync(candidate);
        }
    }

    private async Task<ComparisonBody?> CompareAsync(Candidate[] started)
    {
        Guid[] compared = [.. plan.Earlier is { } earlier ? (ReadOnlySpan<Guid>)[earlier] : [], .. started.Select(c => c.Id)];
        if (compared.Length < 2)
        {
            return null;
        }
        ComparisonRecord record = await services.Store.CompareAsync(compared, new Random(unchecked((int)services.NewSeed())), CancellationToken.None);
        return new ComparisonBody(record.Id, plan.Earlier is null ? ConversationReader.KindOfPair : ConversationReader.KindOfRetry, record.Shown, null);
    }

    private async Task EndAsync(Candidate candidate)
    {
        if (candidate.Start is null)
        {
            return;
        }
        bool kept = candidate.Text.Length > 0
            && await services.Store.SetReplyAsync(candidate.Id, candidate.ToReply(services.Time.GetUtcNow()), CancellationToken.None);
        if (kept)
        {
            await events.WriteAsync(new ChatEvent("end") { Reply = candidate.Id, Finish = candidate.FinishName });
        }
        else
        {
            await services.Store.DeleteExchangeAsync(candidate.Id, CancellationToken.None);
            await events.WriteAsync(new ChatEvent("drop") { Reply = candidate.Id });
        }
        await ExplainAsync(candidate, kept);
    }

    private async Task ExplainAsync(Candidate candidate, bool kept)
    {
        if (candidate.Failure is { } failure and not OperationCanceledException)
        {
            PageException known = PageErrors.Of(failure, context);
            await events.WriteAsync(new ChatEvent("error") { Message = known.Message, Retry = known.Retry });
        }
        else if (candidate.Failure is null && !kept)
        {
            await events.WriteAsync(new ChatEvent("error") { Message = "The model had nothing to say. Try again, or put it in other words.", Retry = true });
        }
    }
}
