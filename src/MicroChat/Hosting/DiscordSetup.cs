using MicroChat.Adapters;
using MicroChat.Chat;
using MicroChat.Discord;
using MicroChat.Discord.Port;
using MicroChat.Feedback;
using MicroChat.Options;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MicroChat.Hosting;

/// <summary>The Discord bot in the host.</summary>
internal static class DiscordSetup
{
    /// <summary>Runs the bot beside the page and the API where a token is set; when Discord refuses it, the log says why and the others go on.</summary>
    public static void AddDiscord(this IServiceCollection services, AppOptions options)
    {
        if (options.Discord.Token.Length == 0)
        {
            return;
        }
        services.AddSingleton(Port);
        services.AddSingleton(Bot);
        services.AddHostedService(provider => provider.GetRequiredService<DiscordBot>());
    }

    private static IDiscordPort Port(IServiceProvider services) => DiscordPorts.Create(
        services.GetRequiredService<AppOptions>().Discord, Path.Combine(services.GetRequiredService<ProgramContext>().DataFolder, "discord-sessions.json"), services.GetRequiredService<TimeProvider>(),
        new Random(unchecked((int)services.GetRequiredService<ProgramContext>().NewSeed())), services.GetRequiredService<ILogger<IDiscordPort>>());

    private static DiscordBot Bot(IServiceProvider services)
    {
        var program = services.GetRequiredService<ProgramContext>();
        var options = services.GetRequiredService<AppOptions>();
        var generations = services.GetRequiredService<Generations>();
        var surroundings = new DiscordBotSurroundings
        {
            StatePath = Path.Combine(program.DataFolder, DiscordBotSurroundings.StateFileName), NewSeed = program.NewSeed, MessageContent = options.Discord.MessageContent,
            Content = options.Training.DiscordContent, Registry = generations.Registry, Live = generations.Live,
        };
        return new DiscordBot(
            services.GetRequiredService<IDiscordPort>(), services.GetRequiredService<IChatClient>(), services.GetRequiredService<IReplyGenerator>(),
            services.GetRequiredService<IFeedbackStore>(), options.DiscordBot, options.Personas, surroundings, program.Time, services.GetRequiredService<ILogger<DiscordBot>>());
    }
}
