using System.Text.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>Who would have been pinged is what Discord would have done.</summary>
public sealed class SimulatorMentionTests
{
    [Fact]
    public async Task Without_allowed_mentions_everybody_named_is_pinged()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimUser bob = town.World.AddUser("bob");
        town.World.Join(town.Home, bob);
        SimRole helpers = town.World.AddRole(town.Home, "helpers");
        town.World.Grant(town.Home, bob, helpers);
        await town.PostAsync($"{town.Alice.Mention} <@&{helpers.Id}>");
        Assert.Equal(["alice", "bob"], town.World.Pings.Select(p => p.User.Name));
        await town.PostAsync("@everyone");
        Assert.Contains(town.World.Pings, p => p.User == town.Home.Owner);
        Assert.True(town.General.Messages[^1].MentionsEveryone);
    }

    [Theory]
    [InlineData("""{"parse":[]}""", 0)]
    [InlineData("""{"parse":["users"]}""", 1)]
    [InlineData("""{"parse":["everyone"]}""", 3)]
    [InlineData("""{"users":["ALICE"]}""", 1)]
    [InlineData("""{"users":["BOB"]}""", 0)]
    [InlineData("""{"roles":["ROLE"]}""", 1)]
    [InlineData("""{"parse":[],"replied_user":true}""", 1)]
    [InlineData("{}", 0)]
    public async Task Allowed_mentions_say_who_is_pinged(string allowed, int pinged)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimUser bob = town.World.AddUser("bob"), carol = town.World.AddUser("carol");
        town.World.Join(town.Home, bob);
        SimRole helpers = town.World.AddRole(town.Home, "helpers");
        town.World.Grant(town.Home, bob, helpers);
        allowed = allowed.Replace("ALICE", $"{town.Alice.Id}", StringComparison.Ordinal).Replace("ROLE", $"{helpers.Id}", StringComparison.Ordinal)
            .Replace("BOB", $"{carol.Id}", StringComparison.Ordinal);
        SimMessage question = town.World.Say(bob, town.General, "question");
        string text = JsonSerializer.Serialize($"{town.Alice.Mention} <@&{helpers.Id}> @everyone");
        await town.SendAsync("POST", town.Messages, $$$"""{"content":{{{text}}},"allowed_mentions":{{{allowed}}},"message_reference":{"message_id":"{{{question.Id}}}"}}""");
        Assert.Equal(pinged, town.World.Pings.Count);
        Assert.Equal(allowed, town.General.Messages[^1].AllowedMentions);
    }

    [Fact]
    public async Task An_edit_without_allowed_mentions_marks_again()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimulatorReply posted = await town.SendAsync("POST", town.Messages, """{"content":"…","allowed_mentions":{"parse":[]}}""");
        string body = JsonSerializer.Serialize(new { content = town.Alice.Mention });
        await town.SendAsync("PATCH", $"{town.Messages}/{posted.Body!["id"]}", body);
        SimPing ping = Assert.Single(town.World.Pings);
        Assert.True(ping.OnEdit);
        Assert.Equal(town.Alice, ping.User);
    }

    [Fact]
    public async Task Everyone_needs_the_permission_and_strangers_to_the_channel_are_not_pinged()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimUser stranger = town.World.AddUser("stranger");
        await town.PostAsync(stranger.Mention);
        town.World.SetPermissions(town.Home, town.Home.Everyone, SimPermissions.Usual & ~SimPermissions.MentionEveryone);
        await town.PostAsync("@everyone @here");
        Assert.Empty(town.World.Pings);
        Assert.False(town.General.Messages[^1].MentionsEveryone);
    }
}
