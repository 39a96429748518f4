using System.Collections.Concurrent;
using MicroChat.Discord.Client.Gateway;

namespace MicroChat.Tests.Discord;

/// <summary>New sessions keep to what Discord allows at once and in a day.</summary>
public sealed class IdentifyGateTests
{
    private readonly VirtualTime _time = new();
    private readonly CapturingLog _log = new();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Shards_begin_in_order_so_many_at_once_and_five_seconds_apart(int concurrency)
    {
        using var gate = new IdentifyGate(_ => Task.FromResult(Info(1_000, concurrency)), new IdentifyDiary(null, _time, _log), _time, _log);
        var begun = new ConcurrentQueue<(int Shard, double At)>();
        await _time.RunAsync(Task.WhenAll(Enumerable.Range(0, 9).Select(BeginAsync)));
        foreach (IGrouping<int, (int Shard, double At)> bucket in begun.GroupBy(b => b.Shard % concurrency))
        {
            Assert.Equal(bucket.Select(b => b.Shard).Order(), bucket.Select(b => b.Shard));
            Assert.All(bucket.Zip(bucket.Skip(1), (a, b) => b.At - a.At), gap => Assert.InRange(gap, 5, 6));
            Assert.Equal(0, bucket.First().At);
        }

        async Task BeginAsync(int shard)
        {
            using IdentifyGate.Permit permit = await gate.EnterAsync(shard, CancellationToken.None);
            begun.Enqueue((shard, _time.Passed.TotalSeconds));
            permit.Used();
        }
    }

    [Fact]
    public async Task A_spent_budget_waits_until_Discord_gives_a_new_one()
    {
        int asked = 0;
        using var gate = new IdentifyGate(_ => Task.FromResult(Info(asked++ == 0 ? 2 : _time.Passed < TimeSpan.FromMinutes(50) ? 0 : 1_000, 1)), new IdentifyDiary(null, _time, _log), _time, _log);
        for (int i = 0; i < 3; i++)
        {
            (await _time.RunAsync(gate.EnterAsync(0, CancellationToken.None))).Used();
        }
        Assert.InRange(_time.Passed.TotalMinutes, 50, 70);
        Assert.Contains("budget is spent", _log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_permit_that_was_not_used_costs_nothing()
    {
        using var gate = new IdentifyGate(_ => Task.FromResult(Info(1, 1)), new IdentifyDiary(null, _time, _log), _time, _log);
        for (int i = 0; i < 5; i++)
        {
            (await gate.EnterAsync(0, CancellationToken.None)).Dispose();
        }
        (await _time.RunAsync(gate.EnterAsync(0, CancellationToken.None))).Used();
        Assert.Equal(TimeSpan.Zero, _time.Passed);
    }

    [Fact]
    public async Task Sessions_of_earlier_runs_count_for_the_five_seconds_and_for_the_day()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("microchat-").FullName, "sessions.json");
        File.WriteAllText(path, $"[{string.Join(',', Enumerable.Repeat(_time.GetUtcNow().ToUnixTimeMilliseconds(), IdentifyGate.UsualBudget - 1))}]");
        using (var gate = new IdentifyGate(_ => Task.FromResult(Info(1_000, 1)), new IdentifyDiary(path, _time, _log), _time, _log))
        {
            (await _time.RunAsync(gate.EnterAsync(0, CancellationToken.None))).Used();
        }
        Assert.InRange(_time.Passed.TotalSeconds, 5, 6);
        using var silent = new IdentifyGate(_ => Task.FromResult(Info(null, 1)), new IdentifyDiary(path, _time, _log), _time, _log);
        (await _time.RunAsync(silent.EnterAsync(0, CancellationToken.None))).Used();         // the server says nothing: 1000 in a day
        Assert.InRange(_time.Passed.TotalHours, 24, 25.1);
        Assert.Contains("budget is spent", _log.All, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task The_last_sessions_of_a_day_are_spread_over_it()
    {
        using var gate = new IdentifyGate(_ => Task.FromResult(Info(4, 1)), new IdentifyDiary(null, _time, _log), _time, _log);
        (await _time.RunAsync(gate.EnterAsync(0, CancellationToken.None))).Used();
        Assert.Equal(TimeSpan.Zero, _time.Passed);
        (await _time.RunAsync(gate.EnterAsync(0, CancellationToken.None))).Used();
        Assert.InRange(_time.Passed.TotalMinutes, 5, 7);                                     // 20 minutes for the three or four that are left
        Assert.Contains("new sessions are left", _log.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1,2")]
    [InlineData("{}")]
    [InlineData("[9223372036854775807]")]
    [InlineData("null")]
    public void A_damaged_diary_counts_as_empty_and_is_mended(string content)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("microchat-").FullName, "sessions.json");
        File.WriteAllText(path, content);
        var diary = new IdentifyDiary(path, _time, _log);
        Assert.Equal((0, null), (diary.LastDay, diary.Before));
        diary.Note();
        Assert.Equal(1, new IdentifyDiary(path, _time, _log).LastDay);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static GatewayInfo Info(int? remaining, int concurrency) => new(new Uri("wss://gateway.example"), 1, remaining, TimeSpan.FromMinutes(20), concurrency);
}
