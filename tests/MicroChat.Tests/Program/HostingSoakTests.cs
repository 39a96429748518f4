using MicroChat.Benchmarks.Soak;
using MicroChat.Feedback;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Tests.Program;

/// <summary>The short form of `MicroChat.Benchmarks soak`, which kills a whole process and looks at its memory.</summary>
public sealed class HostingSoakTests
{
    private const int Requests = 240;

    [Fact]
    public async Task Rough_clients_get_proper_answers_and_no_rating_is_lost_or_doubled()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        var report = new SoakReport();
        await new SoakClient(host.Address, seed: 7).RunAsync(Requests, clients: 8, report);
        Assert.Empty(report.Surprises);
        Assert.True(report.Ratings.Count > 20, $"only {report.Ratings.Count} replies were rated");
        Assert.Equal(0, await report.WrongRatingsAsync(host.App.Services.GetRequiredService<IFeedbackStore>()));
        await ApiTests.Until(() => host.Model.Running == 0);
    }
}
