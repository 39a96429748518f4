using MicroChat.Chat;
using MicroChat.Discord;
using MicroChat.Discord.Client;
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
        services.AddSingleton<IDiscordPort>(Port);
        services.AddSingleton(Bot);
        services.AddHostedService(provider => provider.GetRequiredService<DiscordBot>());
    }

    private static BuiltInClient Port(IServiceProvider services) => new(
        services.GetRequiredService<AppOptions>().Discord, http: null, services.GetRequiredService<TimeProvider>(),
        new Random(unchecked((int)services.GetRequiredService<ProgramContext>().NewSeed())), services.GetRequiredService<ILogger<BuiltInClient>>())
    {
        SessionsFile = Path.Combine(services.GetRequiredService<ProgramContext>().DataFolder, "discord-sessions.json"),
    };

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
