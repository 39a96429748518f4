using System.Diagnostics;
using MicroChat.Chat.Registry;
using MicroChat.Cycles;
using MicroChat.Feedback;
using MicroChat.Feedback.Sqlite;
using MicroChat.Model.Checkpoints;
using MicroChat.Tests.Feedback;

namespace MicroChat.Tests.Cycles;

/// <summary>The built program on a feedback store, killed as the operating system kills: at once, whatever it does.</summary>
public sealed class CycleProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly CycleBench _bench = new();
    private readonly SqliteFolder _feedback = new();

    public void Dispose()
    {
        _bench.Dispose();
        _feedback.Dispose();
    }

    [Fact]
    public async Task Killed_in_the_middle_of_its_stages_the_same_command_ends_like_an_uninterrupted_one()
    {
        await FillAsync();
        string other = Path.Combine(_bench.Folder, "other-models"), runs = Path.Combine(_bench.Folder, "other-runs");
        CycleBench.CopyModel(_bench.Models, other);
        Assert.Equal(ExitCode.Ok, await RunAsync(_bench.Models, _bench.Runs, null));
        foreach (string stage in (string[])[CycleStages.Export, CycleStages.Reward(0), CycleStages.Disjoint, CycleStages.Policy, CycleStages.Evaluation, CycleStages.Candidate])
        {
            await RunAsync(other, runs, stage);
            Assert.Null(CycleLock.Holder(runs));
        }
        if (CycleFile.Newest(runs)!.Verdict.State == CycleVerdictState.Running)
        {
            Assert.Equal(ExitCode.Ok, await RunAsync(other, runs, null));
        }
        (CycleState whole, CycleState killed) = (CycleFile.Newest(_bench.Runs)!, CycleFile.Newest(runs)!);
        Assert.True(whole.Verdict.State == CycleVerdictState.Candidate, whole.Verdict.Words);
        Assert.Equal(whole.Verdict, killed.Verdict);
        Assert.Equal(whole.Gates, killed.Gates);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_bench.Models, "gen-0001", WeightFiles.FileName)), File.ReadAllBytes(Path.Combine(other, "gen-0001", WeightFiles.FileName)));
        Assert.Equal(2, new ModelRegistry(other, TimeProvider.System).List().Count);
    }

    /// <summary>Comparisons by six people, all of whom like cats.</summary>
    private async Task FillAsync()
    {
        await using SqliteFeedbackStore store = _feedback.Open();
        var random = new Random(4);
        for (int i = 0; i < 130; i++)
        {
            ExchangeRecord cat = await AddAsync(store, i, "cat", null), dog = await AddAsync(store, i, "dog", cat.Conversation);
            ComparisonRecord comparison = await store.CompareAsync([cat.Id, dog.Id], random, default);
            var rater = new Rater(store.PseudonymOf(Platforms.Web, $"person {i % 6}"), RaterKind.Person, null);
            Assert.Equal(RatingOutcome.Stored, await store.AnswerAsync(NewAnswer.Winner(comparison.Id, rater, cat.Id), default));
        }
    }

    private async Task<ExchangeRecord> AddAsync(SqliteFeedbackStore store, int number, string word, Guid? conversation)
    {
        _feedback.Clock.Advance(TimeSpan.FromMinutes(1));
        var exchange = new ExchangeRecord
        {
            Id = Guid.CreateVersion7(_feedback.Clock.Now), Conversation = conversation ?? Guid.CreateVersion7(_feedback.Clock.Now), Place = Place.Of(Platforms.Web),
            Person = store.PseudonymOf(Platforms.Web, $"person {number % 6}"), Prompt = $"two birds {number}", ModelVersion = "models 0", Time = _feedback.Clock.Now,
            Reply = new ExchangeReply { Status = ReplyStatus.Complete, Text = $"the {word} sat on a mat {number % 7} {word}", Time = _feedback.Clock.Now },
        };
        await store.AddExchangeAsync(exchange, default);
        return exchange;
    }

    /// <summary>Runs the program to its end, or kills it as soon as a stage is at work.</summary>
    private async Task<int> RunAsync(string models, string runs, string? killAt)
    {
        var start = new ProcessStartInfo("dotnet", [
            typeof(CommandLine).Assembly.Location, "train", "cycle", "--model", models, "--database", _feedback.Database, "--runs", runs, "--threads", "1", .. _bench.Assignments(),
            "--set", "Training:JudgeRaters=false", "--set", "Training:RaterVotesPerDay=0", "--set", "Training:RaterShare=1", "--set", "Training:PlaceShare=1"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> complaint = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (killAt is not null && line.StartsWith('[') && line.EndsWith($"] {killAt}", StringComparison.Ordinal))
            {
                process.Kill();
                await process.WaitForExitAsync().WaitAsync(Patience);
                return process.ExitCode;
            }
        }
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(process.ExitCode == ExitCode.Ok || killAt is not null, await complaint);
        return process.ExitCode;
    }
}
