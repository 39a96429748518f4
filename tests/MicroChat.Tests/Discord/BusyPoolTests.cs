using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Tests.Discord;

/// <summary>Tests that take the whole thread pool for themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BusyPool
{
    public const string Name = "Busy thread pool";
}

[Collection(BusyPool.Name)]
public sealed class BusyPoolTests
{
    private const int Interval = 150, Beats = 12;

    /// <summary>The server runs on threads of its own too, so that only the client's independence is judged.</summary>
    [Fact]
    public async Task Heartbeats_go_on_and_are_acknowledged_while_the_thread_pool_is_wholly_busy()
    {
        await using var harness = new ClientHarness(new MicroChat.Discord.DiscordOptions { Compress = false });
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address, Interval);
        await harness.EventAsync<Ready>();
        var free = new ManualResetEventSlim();
        int blocked = 0;
        for (int i = 0; i < 400; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                Interlocked.Increment(ref blocked);
                free.Wait();
            }, null);
        }
        var times = new List<long>();
        var server = new Thread(() => Serve(connection, times));
        server.Start();
        Assert.True(server.Join(TimeSpan.FromSeconds(30)), "The server saw too few heartbeats.");
        bool wasBusy = ThreadPool.PendingWorkItemCount > 0;
        free.Set();
        Assert.True(wasBusy && blocked > 0, "The pool was not busy; the test proves nothing.");
        Assert.All(times.Zip(times.Skip(1), (a, b) => TimeProvider.System.GetElapsedTime(a, b).TotalMilliseconds), gap => Assert.InRange(gap, 0, 10 * Interval));
    }

    /// <summary>Answers beats; blocks its own thread.</summary>
    private static void Serve(StubConnection connection, List<long> times)
    {
        while (times.Count < Beats)
        {
            if (connection.ReceiveBlocking() is not { } json)
            {
                return;
            }
            using JsonDocument payload = JsonDocument.Parse(json);
            if (payload.RootElement.GetProperty("op").GetInt32() == 1)
            {
                times.Add(TimeProvider.System.GetTimestamp());
                connection.SendBlocking("""{"op":11,"d":null}""");
            }
        }
    }
}
