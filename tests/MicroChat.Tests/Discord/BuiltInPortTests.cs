using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Port;
using MicroChat.Discord.Simulator;

namespace MicroChat.Tests.Discord;

/// <summary>The built-in client under the port's contract.</summary>
public sealed class BuiltInPortTests : DiscordPortContract
{
    protected override IDiscordPort Connect(DiscordSimulator discord) => new BuiltInClient(
        new DiscordOptions { Token = discord.Token, ApiBase = discord.ApiUrl, MessageContent = true }, null, TimeProvider.System, new Random(5), new CapturingLog());
}
