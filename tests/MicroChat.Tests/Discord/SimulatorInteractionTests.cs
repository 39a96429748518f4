using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>Commands, buttons, menus and forms, with the deadlines and refusals of their answers.</summary>
public sealed class SimulatorInteractionTests
{
    private const string Buttons =
        """[{"type":1,"components":[{"type":2,"style":1,"label":"Up","custom_id":"up"},{"type":2,"style":2,"label":"Off","custom_id":"off","disabled":true}]}]""";

    [Fact]
    public async Task A_slash_command_arrives_and_its_answer_is_a_message()
    {
        await using SimulatorHarness town = await WithCommandsAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        SimInteraction used = town.World.UseCommand(town.Alice, town.General, "ask", new Dictionary<string, object> { ["q"] = "why", ["who"] = town.Alice });
        JsonNode heard = await bot.ExpectAsync("INTERACTION_CREATE");
        Assert.Equal(used.Token, (string)heard["token"]!);
        Assert.Equal("ask", (string)heard["data"]!["name"]!);
        Assert.Equal("why", (string)heard["data"]!["options"]![0]!["value"]!);
        Assert.Equal("alice", (string)heard["data"]!["resolved"]!["users"]![town.Alice.Id.ToString()]!["username"]!);
        SimulatorReply answer = await CallbackAsync(town, used, """{"type":4,"data":{"content":"because"}}""", "?with_response=true");
        Assert.Equal(200, answer.Status);
        Assert.Equal("because", (string)answer.Body!["resource"]!["message"]!["content"]!);
        Assert.Equal("because", used.Response!.Content);
        Assert.Equal(20, used.Response.Type);
        Assert.Equal(4, used.AnswerType);
        Assert.Equal(40060, (await CallbackAsync(town, used, """{"type":5}""")).Code);
    }

    [Fact]
    public async Task An_answer_after_three_seconds_is_10062_and_one_after_fifteen_minutes_50027()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await WithCommandsAsync(new SimulatorOptions { Time = clock });
        SimInteraction late = Ask(town), kept = Ask(town);
        Assert.Equal(204, (await CallbackAsync(town, kept, """{"type":5}""")).Status);
        clock.Advance(TimeSpan.FromSeconds(3.1));
        SimulatorReply refused = await CallbackAsync(town, late, """{"type":4,"data":{"content":"x"}}""");
        Assert.Equal(404, refused.Status);
        Assert.Equal(10062, refused.Code);
        Assert.Null(late.AnswerType);
        clock.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(200, (await HookAsync(town, "PATCH", kept, "/messages/@original", """{"content":"in time"}""")).Status);
        clock.Advance(TimeSpan.FromMinutes(1));
        SimulatorReply expired = await HookAsync(town, "POST", kept, "", """{"content":"x"}""");
        Assert.Equal(401, expired.Status);
        Assert.Equal(50027, expired.Code);
    }

    [Fact]
    public async Task A_deferred_answer_thinks_until_it_is_edited_or_followed()
    {
        await using SimulatorHarness town = await WithCommandsAsync();
        SimInteraction edited = Ask(town), followed = Ask(town);
        Assert.Equal(10015, (await HookAsync(town, "POST", edited, "", """{"content":"too early"}""")).Code);
        await CallbackAsync(town, edited, """{"type":5}""");
        Assert.Equal(128, edited.Response!.Flags);
        await HookAsync(town, "PATCH", edited, "/messages/%40original", """{"content":"done"}""");
        Assert.Equal(0, edited.Response.Flags);
        Assert.Equal("done", edited.Response.Content);
        Assert.Null(edited.Response.EditedAt);
        await CallbackAsync(town, followed, """{"type":5,"data":{"flags":64}}""");
        await HookAsync(town, "POST", followed, "", """{"content":"the first is the answer"}""");
        Assert.Equal("the first is the answer", followed.Response!.Content);
        Assert.True(followed.Response.IsEphemeral);
        Assert.Empty(followed.FollowUps);
        await HookAsync(town, "POST", followed, "", """{"content":"the second follows"}""");
        Assert.Equal("the second follows", Assert.Single(followed.FollowUps).Content);
    }

    [Fact]
    public async Task Ephemeral_messages_are_in_no_channel_and_come_as_direct_events()
    {
        await using SimulatorHarness town = await WithCommandsAsync();
        await using SimulatorSocket bot = await town.LoginAsync(1 | 1 << 12);
        SimInteraction used = Ask(town);
        await bot.ExpectAsync("INTERACTION_CREATE");
        await CallbackAsync(town, used, """{"type":4,"data":{"content":"only you","flags":64}}""");
        JsonNode heard = await bot.ExpectAsync("MESSAGE_CREATE");
        Assert.False(heard.AsObject().ContainsKey("guild_id"));
        Assert.Empty(town.General.Messages);
        Assert.Equal(10008, (await town.SendAsync("GET", $"{town.Messages}/{used.Response!.Id}")).Code);
        Assert.Equal(200, (await HookAsync(town, "GET", used, "/messages/@original", null)).Status);
        Assert.Equal(204, (await HookAsync(town, "DELETE", used, "/messages/@original", null)).Status);
        Assert.Equal(10008, (await HookAsync(town, "GET", used, "/messages/@original", null)).Code);
    }

    [Fact]
    public async Task Answers_that_do_not_fit_the_interaction_are_refused()
    {
        await using SimulatorHarness town = await WithCommandsAsync();
        SimInteraction used = Ask(town);
        foreach (string body in (string[])["""{"type":6}""", """{"type":7,"data":{"content":"x"}}""", """{"type":8}""", """{"type":99}""", "{}", """{"type":4,"data":{"content":[]}}""", "[]"])
        {
            Assert.Equal(400, (await CallbackAsync(town, used, body)).Status);
        }
        Assert.Equal(50006, (await CallbackAsync(town, used, """{"type":4,"data":{}}""")).Code);
        Assert.Equal(10062, (await town.SendAsync("POST", $"/interactions/{used.Id}/wrong/callback", """{"type":5}""")).Code);
        Assert.Equal(10015, (await town.SendAsync("POST", $"/webhooks/{town.World.Bot.Id}/wrong", """{"content":"x"}""")).Code);
        Assert.Null(used.AnswerType);
    }

    [Fact]
    public async Task Buttons_update_their_message_and_disabled_ones_cannot_be_pressed()
    {
        await using SimulatorHarness town = await WithCommandsAsync();
        await town.SendAsync("POST", town.Messages, $$"""{"content":"choose","components":{{Buttons}}}""");
        SimMessage message = town.General.Messages[^1];
        SimInteraction pressed = town.World.Press(town.Alice, message, "Up");
        Assert.Same(message, pressed.Source);
        Assert.Equal(204, (await CallbackAsync(town, pressed, """{"type":7,"data":{"content":"chosen","components":[]}}""")).Status);
        Assert.Equal("chosen", message.Content);
        Assert.Throws<InvalidOperationException>(() => town.World.Press(town.Alice, message, "Up"));
        await town.SendAsync("PATCH", $"{town.Messages}/{message.Id}", $$"""{"components":{{Buttons}}}""");
        Assert.Throws<InvalidOperationException>(() => town.World.Press(town.Alice, message, "off"));
        SimInteraction deferred = town.World.Press(town.Alice, message, "up");
        await CallbackAsync(town, deferred, """{"type":6}""");
        await HookAsync(town, "PATCH", deferred, "/messages/@original", """{"content":"later"}""");
        Assert.Equal("later", message.Content);
        SimInteraction noted = town.World.Press(town.Alice, message, "up");
        await CallbackAsync(town, noted, """{"type":4,"data":{"content":"noted","flags":64}}""");
        Assert.True(noted.Response!.IsEphemeral);
        Assert.Equal(message.Id, noted.Response.ReplyTo);
    }

    [Fact]
    public async Task A_form_is_opened_and_its_fields_come_back()
    {
        await using SimulatorHarness town = await WithCommandsAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        SimInteraction used = Ask(town);
        await bot.ExpectAsync("INTERACTION_CREATE");
        const string Modal = """
            {"custom_id":"form","title":"Why?","components":[{"type":1,"components":[{"type":4,"custom_id":"text","style":2,"label":"Words"}]},
            {"type":18,"label":"Kind","component":{"type":3,"custom_id":"kind","options":[{"label":"Rude","value":"rude"}]}}]}
            """;
        Assert.Equal("BASE_TYPE_REQUIRED", (await CallbackAsync(town, used, """{"type":9,"data":{"custom_id":"form","components":[]}}""")).ErrorAt("data.title"));
        Assert.Equal(204, (await CallbackAsync(town, used, $$"""{"type":9,"data":{{Modal}}}""")).Status);
        Assert.Throws<InvalidOperationException>(() => town.World.Submit(used, new Dictionary<string, string> { ["other"] = "x" }));
        SimInteraction sent = town.World.Submit(used, new Dictionary<string, string> { ["text"] = "too long", ["kind"] = "rude" });
        JsonNode data = (await bot.ExpectAsync("INTERACTION_CREATE"))["data"]!;
        Assert.Equal("too long", (string)data["components"]![0]!["components"]![0]!["value"]!);
        Assert.Equal("rude", (string)data["components"]![1]!["component"]!["values"]![0]!);
        Assert.Equal(50035, (await CallbackAsync(town, sent, """{"type":9,"data":{}}""")).Code);
        Assert.Equal(204, (await CallbackAsync(town, sent, """{"type":4,"data":{"content":"thanks","flags":64}}""")).Status);
    }

    [Fact]
    public async Task A_context_menu_command_brings_its_message_whatever_the_intents()
    {
        await using SimulatorHarness town = await WithCommandsAsync();
        await using SimulatorSocket bot = await town.LoginAsync(1);
        SimMessage target = town.World.Say(town.Alice, town.General, "what is this");
        town.World.UseCommand(town.Alice, target, "Ask about this");
        JsonNode data = (await bot.ExpectAsync("INTERACTION_CREATE"))["data"]!;
        Assert.Equal("what is this", (string)data["resolved"]!["messages"]![(string)data["target_id"]!]!["content"]!);
    }

    [Fact]
    public async Task Commands_are_checked_replaced_and_found_by_name()
    {
        await using SimulatorHarness town = await WithCommandsAsync();
        string commands = $"/applications/{town.World.Bot.Id}/guilds/{town.Home.Id}/commands";
        Assert.Equal(2, (await town.SendAsync("GET", commands)).Body!.AsArray().Count);
        Assert.Equal("APPLICATION_COMMAND_INVALID_NAME", (await town.SendAsync("PUT", commands, """[{"name":"Big Name","description":"x"}]""")).ErrorAt("0.name"));
        Assert.Equal("BASE_TYPE_REQUIRED", (await town.SendAsync("POST", commands, """{"name":"x"}""")).ErrorAt("description"));
        Assert.Equal("APPLICATION_COMMANDS_DUPLICATE_NAME", (await town.SendAsync("PUT", commands, """[{"name":"a","description":"x"},{"name":"a","description":"y"}]""")).ErrorAt("1.name"));
        Assert.Equal(50035, (await town.SendAsync("PUT", commands, "{}")).Code);
        Assert.Equal(403, (await town.SendAsync("PUT", "/applications/1/commands", "[]")).Status);
        Assert.Equal(200, (await town.SendAsync("POST", commands, """{"name":"ask","description":"new"}""")).Status);
        Assert.Equal(201, (await town.SendAsync("POST", commands, """{"name":"more","description":"new"}""")).Status);
        Assert.Equal(200, (await town.SendAsync("PUT", commands, "[]")).Status);
        Assert.Throws<InvalidOperationException>(() => Ask(town));
    }

    [Fact]
    public async Task Subcommands_are_nested_and_wrong_options_refused()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        const string Chat = """
            [{"name":"chat","description":"Chat","options":[{"type":1,"name":"mode","description":"Mode","options":[{"type":3,"name":"to","description":"To","required":true}]}]}]
            """;
        Assert.Equal(200, (await town.SendAsync("PUT", $"/applications/{town.World.Bot.Id}/commands", Chat)).Status);
        await using SimulatorSocket bot = await town.LoginAsync();
        town.World.UseCommand(town.Alice, town.General, "chat mode", new Dictionary<string, object> { ["to"] = "free" });
        JsonNode option = (await bot.ExpectAsync("INTERACTION_CREATE"))["data"]!["options"]![0]!;
        Assert.Equal("mode", (string)option["name"]!);
        Assert.Equal("free", (string)option["options"]![0]!["value"]!);
        Assert.Throws<InvalidOperationException>(() => town.World.UseCommand(town.Alice, town.General, "chat mode"));
        Assert.Throws<InvalidOperationException>(() => town.World.UseCommand(town.Alice, town.General, "chat mode", new Dictionary<string, object> { ["to"] = 5 }));
        Assert.Throws<InvalidOperationException>(() => town.World.UseCommand(town.Alice, town.General, "chat other"));
    }

    private static async Task<SimulatorHarness> WithCommandsAsync(SimulatorOptions? options = null)
    {
        SimulatorHarness town = await SimulatorHarness.StartAsync(options ?? new SimulatorOptions { Time = new ManualClock() });
        const string Commands = """
            [{"name":"ask","description":"Ask","options":[{"type":3,"name":"q","description":"What","required":true},{"type":6,"name":"who","description":"Who"}]},
            {"name":"Ask about this","type":3}]
            """;
        Assert.Equal(200, (await town.SendAsync("PUT", $"/applications/{town.World.Bot.Id}/guilds/{town.Home.Id}/commands", Commands)).Status);
        return town;
    }

    private static SimInteraction Ask(SimulatorHarness town) =>
        town.World.UseCommand(town.Alice, town.General, "ask", new Dictionary<string, object> { ["q"] = "why" });

    private static Task<SimulatorReply> CallbackAsync(SimulatorHarness town, SimInteraction to, string body, string query = "") =>
        town.SendAsync("POST", $"/interactions/{to.Id}/{to.Token}/callback{query}", body, token: "");

    private static Task<SimulatorReply> HookAsync(SimulatorHarness town, string method, SimInteraction to, string path, string? body) =>
        town.SendAsync(method, $"/webhooks/{town.World.Bot.Id}/{to.Token}{path}", body, token: "");
}
