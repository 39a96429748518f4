using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.Journals;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>The gateway's rules, seen by a bare client.</summary>
public sealed class SimulatorGatewayTests
{
    [Fact]
    public async Task A_message_goes_out_and_its_answer_comes_in()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        SimMessage said = town.World.Say(town.Alice, town.General, "hi");
        JsonNode heard = await bot.ExpectAsync("MESSAGE_CREATE");
        Assert.Equal("hi", (string)heard["content"]!);
        Assert.Equal(said.Id.ToString(), (string)heard["id"]!);
        Assert.Equal(town.Home.Id.ToString(), (string)heard["guild_id"]!);
        Assert.Equal("alice", (string)heard["author"]!["username"]!);
        SimulatorReply reply = await town.SendAsync("POST", town.Messages, $$$"""{"content":"hello","message_reference":{"message_id":"{{{said.Id}}}"}}""");
        Assert.Equal(200, reply.Status);
        Assert.True(await town.World.WaitForAsync(_ => town.General.Messages.Any(m => m.ReplyTo == said.Id && m.Author == town.World.Bot), SimulatorHarness.Patience));
        Assert.Equal(19, (int)(await bot.ExpectAsync("MESSAGE_CREATE"))["type"]!);
        Assert.Single(town.Discord.Journal.On("POST /channels/{channel}/messages"));
        Assert.Equal(1, town.Discord.Journal.Identifies);
    }
}
