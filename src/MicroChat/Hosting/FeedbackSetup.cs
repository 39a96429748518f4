using MicroChat.Feedback;
using MicroChat.Options;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Hosting;

/// <summary>The feedback store of the host.</summary>
internal static class FeedbackSetup
{
    /// <summary>Registers the store, which opens when it is first asked for, and what is done to it daily.</summary>
    public static void AddFeedback(this IServiceCollection services)
    {
        services.AddSingleton<IFeedbackStore>(provider =>
        {
            ProgramContext program = provider.GetRequiredService<ProgramContext>();
            return FeedbackDatabase.Open(program, FeedbackDatabase.PathOf(program, provider.GetRequiredService<AppOptions>().Feedback.Database));
        });
        services.AddSingleton<IReadinessCheck, StoreCheck>();
        services.AddHostedService<RetentionJob>();
    }
}
