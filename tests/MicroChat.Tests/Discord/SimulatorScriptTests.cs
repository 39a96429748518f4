using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Scripting;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>Lines that operators type, and what they make people do.</summary>
public sealed class SimulatorScriptTests
{
    [Fact]
    public async Task People_speak_reply_edit_react_and_delete_as_lines_say()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        using var script = new Script(town.Discord);
        await Run(script, "in #general", "alice: @bot hello: there");
        SimMessage said = town.General.Messages[0];
        Assert.Equal($"{town.World.Bot.Mention} hello: there", said.Content);
        await town.PostAsync("an answer");
        SimMessage answer = town.General.Messages[1];
        await Run(script, "bob reacts 👍", "alice replies: thanks", "alice edits: many thanks");
        Assert.Equal("👍", Assert.Single(answer.Reactions).Emoji.Name);
        Assert.Equal(answer.Id, town.General.Messages[2].ReplyTo);
        Assert.Equal("many thanks", town.General.Messages[2].Content);
        await Run(script, "bob unreacts 👍", "alice deletes", $"alice deletes {said.Id}", "bob #other: hi", "bob dm: psst");
        Assert.Empty(answer.Reactions);
        Assert.Equal(["an answer"], town.General.Messages.Select(m => m.Content));
        Assert.Equal("psst", town.World.DirectChannel(town.World.FindUser("bob")!).Messages[0].Content);
    }

    [Fact]
    public async Task Commands_buttons_and_forms_are_used_as_lines_say()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        using var script = new Script(town.Discord);
        await town.SendAsync("PUT", $"/applications/{town.World.Bot.Id}/commands", """
            [{"name":"ask","description":"d","options":[{"type":3,"name":"q","description":"d"},{"type":4,"name":"n","description":"d"}]}]
            """);
        await using SimulatorSocket bot = await town.LoginAsync();
        await Run(script, "alice /ask q=\"why is it\" n=3");
        JsonNode data = (await bot.ExpectAsync("INTERACTION_CREATE"))["data"]!;
        Assert.Equal("why is it", (string)data["options"]![0]!["value"]!);
        Assert.Equal(3, (int)data["options"]![1]!["value"]!);
        await town.SendAsync("POST", town.Messages, """{"content":"x","components":[{"type":1,"components":[{"type":2,"style":1,"label":"Try again","custom_id":"c"}]}]}""");
        await bot.ExpectAsync("MESSAGE_CREATE");
        await Run(script, "alice presses \"Try again\"");
        Assert.Equal("c", (string)(await bot.ExpectAsync("INTERACTION_CREATE"))["data"]!["custom_id"]!);
        await Run(script, "fail reconnect");
        await bot.ExpectOpcodeAsync(7);
        await Run(script, "fail 503 1", "fail 429 shared 1 2 POST /channels", "fail clear", "help", "// nothing", "");
    }

    [Theory]
    [InlineData("alice reacts")]
    [InlineData("alice reacts word")]
    [InlineData("alice /nothing")]
    [InlineData("alice presses x")]
    [InlineData("alice submits x")]
    [InlineData("alice edits: never said")]
    [InlineData("fail everything")]
    [InlineData("fail close 99")]
    [InlineData("fail slow -1")]
    [InlineData("nonsense")]
    [InlineData("in")]
    public async Task A_line_that_makes_no_sense_says_why(string line)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        using var script = new Script(town.Discord);
        ScriptResult result = await script.RunAsync(line);
        Assert.False(result.IsDone);
        Assert.NotEmpty(result.Text);
    }

    [Fact]
    public async Task Scripts_over_http_need_the_token()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        using var http = new HttpClient();
        var url = new Uri(town.Discord.Url + "/simulator/script");
        using var line = new StringContent("alice: hi\nbob: hello");
        using HttpResponseMessage refused = await http.PostAsync(url, line);
        Assert.Equal(401, (int)refused.StatusCode);
        http.DefaultRequestHeaders.Add("Authorization", "Bot " + town.Discord.Token);
        using var again = new StringContent("alice: hi\nbob: hello");
        using HttpResponseMessage done = await http.PostAsync(url, again);
        JsonArray results = JsonNode.Parse(await done.Content.ReadAsStringAsync())!.AsArray();
        Assert.Equal(town.General.Messages.Select(m => m.Id.ToString()), results.Select(r => (string)r!["id"]!));
        string journal = await http.GetStringAsync(new Uri(town.Discord.Url + "/simulator/journal"));
        Assert.DoesNotContain(town.Discord.Token, journal, StringComparison.Ordinal);
    }

    private static async Task Run(Script script, params string[] lines)
    {
        foreach (string line in lines)
        {
            ScriptResult result = await script.RunAsync(line);
            Assert.True(result.IsDone, $"{line}: {result.Text}");
        }
    }
}
