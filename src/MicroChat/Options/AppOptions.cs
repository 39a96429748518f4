using MicroChat.Chat;
using MicroChat.Chat.Decorators;
using MicroChat.Chat.Registry;
using MicroChat.Chat.Serving;
using MicroChat.Discord;

namespace MicroChat.Options;

/// <summary>Everything that can be set for the host; one record per section of appsettings.json, each default in one place.</summary>
internal sealed record AppOptions
{
    public ServerOptions Server { get; init; } = new();

    public ModelOptions Model { get; init; } = new();

    public EngineOptions Engine { get; init; } = new();

    public UsageLimits Limits { get; init; } = new();

    public FeedbackOptions Feedback { get; init; } = new();

    public LoggingOptions Logging { get; init; } = new();

    public PageOptions Page { get; init; } = new();

    public DiscordOptions Discord { get; init; } = new();

    public DiscordBotOptions DiscordBot { get; init; } = new();

    public PersonaOptions Personas { get; init; } = new();

    public TrainingOptions Training { get; init; } = new();

    public CanaryOptions Canary { get; init; } = new();
}
