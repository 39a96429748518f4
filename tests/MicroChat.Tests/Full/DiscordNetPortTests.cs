using MicroChat.Discord;
using MicroChat.Discord.Port;
using MicroChat.Discord.Simulator;
using MicroChat.DiscordNet;
using MicroChat.Tests.Discord;

namespace MicroChat.Tests.Full;

/// <summary>Discord.Net under the port's contract.</summary>
public sealed class DiscordNetPortTests : DiscordPortContract
{
    protected override IDiscordPort Connect(DiscordSimulator discord) => new DiscordNetClient(
        new DiscordOptions { Token = discord.Token, ApiBase = discord.ApiUrl, MessageContent = true }, null, TimeProvider.System, new Random(5), new CapturingLog());
}
