using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Client.Rest;
using MicroChat.Discord.Port;

namespace MicroChat.Tests.Discord;

/// <summary>The REST side of the client on a scripted API and a clock of the test's.</summary>
internal sealed class RestHarness : IDisposable
{
    public const string Token = "MTAx.secret.token-of-the-bot";

    private readonly HttpMessageInvoker _http;

    public RestHarness(ScriptedApi api)
    {
        Api = api;
        _http = new HttpMessageInvoker(api);
        var chance = new Chance(new Random(3));
        var directory = new GuildDirectory(Time);
        Rest = new RestClient(new DiscordOptions { Token = Token }, _http, Time, chance, Log);
        var messages = new MessageRest(Rest, new MessageReader(directory, contentIntent: true), new NonceSource(Time, chance));
        Actions = new ActionSet(messages, new InteractionRest(Rest, messages), new ChannelRest(Rest, directory), (_, _) => Task.CompletedTask);
    }

    public ScriptedApi Api { get; }

    public VirtualTime Time { get; } = new();

    public CapturingLog Log { get; } = new();

    public RestClient Rest { get; }

    public IDiscordActions Actions { get; }

    public static Snowflake Channel { get; } = new(500);

    public static Snowflake OtherChannel { get; } = new(600);

    public static InteractionHandle Interaction { get; } = new(new Snowflake(77), new Snowflake(901), "interaction-secret");

    public static OutgoingMessage Hello { get; } = new() { Content = "@everyone hello" };

    public Task<DiscordMessage> SendAsync(Snowflake channel) => Actions.SendAsync(channel, Hello, CancellationToken.None);

    /// <summary>What the action threw.</summary>
    public async Task<DiscordException> FailsAsync(Task action) => await Assert.ThrowsAsync<DiscordException>(() => Time.RunAsync(action));

    public void Dispose() => _http.Dispose();
}
