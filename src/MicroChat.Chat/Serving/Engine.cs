using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Templates;

namespace MicroChat.Chat.Serving;

/// <summary>
/// One model for everyone: all running replies advance together in every step, prompts come in beside them piece by piece, and what was
/// computed for one prompt serves all that begin alike. A reply depends on its prompt, options and seed only, not on what else runs.
/// Further generations can be served beside it: the models take turns on one thread, each turn a token for all of a model's replies, so
/// that a reply is as fast whichever generation makes it. They share the places for running replies; each has a cache of its own.
/// </summary>
/// <remarks>
/// Requests wait in a bounded queue with fair shares per user. A reply whose reader does not read pauses and is ended after a while;
/// one whose reader leaves or cancels is dropped within a step. May be used from several threads at once.
/// </remarks>
public sealed class Engine : IReplyGenerator
{
    /// <summary>The meter that the engine's figures are on: tokens, queue, running replies, time to first token and per token.</summary>
    public const string MeterName = EngineMetrics.MeterName;

    private readonly EngineOptions _options;
    private readonly TimeProvider _time;
    private readonly EngineMetrics _metrics;
    private readonly ReplyPace _pace;
    private readonly Scheduler _scheduler;
    private int _disposed;

    /// <summary>Starts an engine, which disposes the model.</summary>
    /// <exception cref="ArgumentException">The options are faulty; the message lists all faults. The model stays the caller's.</exception>
    public Engine(ServingModel model, EngineOptions options, TimeProvider time)
    {
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, faults), nameof(options));
        }
        (_options, _time) = (options, time);
        _metrics = new EngineMetrics(() => Queued, () => Running);
        _pace = new ReplyPace(options);
        _scheduler = new Scheduler(options, time, _pace, NewRunner(model));
    }

    /// <inheritdoc/>
    public ModelCard Info => _scheduler.Current.Model.Card;

    /// <summary>Tokenizer and template of the model that new requests go to.</summary>
    internal TextFingerprint Text => _scheduler.Current.Model.Text;

    /// <summary>Requests that wait.</summary>
    public int Queued => _scheduler.Queued;

    /// <summary>Replies that are being computed.</summary>
    public int Running => _scheduler.Running;

    /// <inheritdoc/>
    public int CountTokens(IReadOnlyList<ChatTurn> turns) => _scheduler.Current.Model.CountTokens(turns);

    /// <inheritdoc/>
    /// <exception cref="EngineStoppingException">The engine is being stopped; thrown with the first piece.</exception>
    public async IAsyncEnumerable<ReplyPiece> GenerateAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();                                           // the caller's own work goes on until the first piece is asked for
        cancellationToken.ThrowIfCancellationRequested();
        ReplySequence sequence = Submit(request);
        TokenChannel channel = sequence.Channel;
        ServingModel model = sequence.Runner!.Model;
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(_ => Abandon(sequence), null);
        try
        {
            var text = new ReplyText(model.Tokenizer, request, sequence.Prompt.Length);
            var top = new (int Id, float LogProbability)[sequence.Alternatives];
            while (true)
            {
                await channel.WaitAsync();
                cancellationToken.ThrowIfCancellationRequested();
                if (channel.TakeQueue() is { } status)
                {
                    yield return new ReplyPiece("", null, null) { Queue = status };
                }
                if (channel.TakeStart())
                {
                    yield return new ReplyPiece("", null, null) { Start = new ReplyStart(sequence.Prompt, model.Card, sequence.Seed) };
                }
                while (TryTake(sequence, top, out TokenEvent token))
                {
                    yield return text.Add(token, top, sequence.CachedTokens);
                    if (text.Stopped)
                    {
                        yield break;
                    }
                    cancellationToken.ThrowIfCancellationRequested();
                }
                if (channel.TakeEnd() is { } end)
                {
                    cancellationToken.ThrowIfCancellationRequested(); // then the end is only that of an abandoned reply
                    yield return text.Finish(end);
                    yield break;
                }
            }
        }
        finally
        {
            Abandon(sequence);
        }
    }

    /// <summary>Sends new requests to another model, which the engine disposes in its turn. Replies that run or wait stay with the old one.</summary>
    /// <returns>Completes when the old model's last reply has ended and its memory is free; nothing needs to wait for that.</returns>
    /// <exception cref="EngineStoppingException">The engine is being stopped; the model stays the caller's.</exception>
    public Task SwapAsync(ServingModel next) => _scheduler.Swap(NewRunner(next)).Gone;

    /// <summary>Versions of all models that are served, that of <see cref="Info"/> first.</summary>
    public IReadOnlyList<string> Versions => _scheduler.Versions;

    /// <summary>Serves a model beside the current one, for requests that ask for its version and for those that <see cref="Route"/> sends to it.</summary>
    /// <exception cref="EngineStoppingException">The engine is being stopped; the model stays the caller's.</exception>
    public void Add(ServingModel model) => _scheduler.Add(NewRunner(model));

    /// <summary>Sends new requests to a model that is served beside the current one, at once; the current one stays beside it, and replies stay where they run.</summary>
    /// <returns>False: no model of that version is served beside the current one.</returns>
    public bool Exchange(string version) => _scheduler.Exchange(version);

    /// <summary>Ends the service of a model beside the current one.</summary>
    /// <returns>Completes when its last reply has ended and its memory is free; at once where no such model is.</returns>
    public Task RemoveAsync(string version) => _scheduler.Remove(version)?.Gone ?? Task.CompletedTask;

    /// <summary>Sends the requests that a route takes to a model beside the current one; null ends that.</summary>
    /// <returns>False: no model of that version is served beside the current one; nothing changed.</returns>
    public bool Route(string version, ITrialRoute? route) => _scheduler.Route(version, route);

    /// <summary>Takes nothing in any more, refuses what waits, lets running replies come to their end, and ends the rest at the limit, marked as interrupted.</summary>
    /// <returns>Completes when nothing runs any more.</returns>
    public Task<DrainReport> DrainAsync(TimeSpan limit) => _scheduler.Drain(limit);

    /// <summary>Stops at once: replies that run are ended, marked as interrupted.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _scheduler.Dispose();
            _metrics.Dispose();
        }
    }

    private ReplySequence Submit(ReplyRequest request)
    {
        long seed = request.Sampling.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        while (true)
        {
            ModelRunner runner = _scheduler.RunnerFor(request);
            var sequence = new ReplySequence(request, runner.Model.Encode(request), seed, runner.Model, _options);
            if (_scheduler.TrySubmit(sequence, runner))
            {
                return sequence;
            }
        }
    }

    private bool TryTake(ReplySequence sequence, Span<(int Id, float LogProbability)> top, out TokenEvent token)
    {
        bool taken = sequence.Channel.TryTake(out token, top, out bool madeRoom);
        if (madeRoom)
        {
            _scheduler.Signal();
        }
        return taken;
    }

    private void Abandon(ReplySequence sequence)
    {
        sequence.Abandon();
        sequence.Channel.Poke();
        _scheduler.Signal();
    }

    private ModelRunner NewRunner(ServingModel model) => new(model, _options, _metrics, _pace, _time);
}
