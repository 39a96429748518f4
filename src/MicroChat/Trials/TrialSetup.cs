using MicroChat.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Trials;

/// <summary>The generations of the model in the host, and their trials.</summary>
internal static class TrialSetup
{
    /// <summary>Needs IFeedbackStore, IReplyGenerator, ProgramContext and AppOptions beside these; IDiscordPort where announcements are to be made.</summary>
    public static void AddTrials(this IServiceCollection services)
    {
        services.AddSingleton<Generations>();
        services.AddSingleton<GenerationPace>();
        services.AddSingleton<TrialService>();
        services.AddHostedService(provider => provider.GetRequiredService<TrialService>());
    }
}
