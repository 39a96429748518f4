using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Program;

/// <summary><c>doctor</c> and the bot's permissions in each server.</summary>
public sealed class DoctorDiscordTests : IAsyncLifetime
{
    private readonly Harness program = new();
    private DiscordSimulator discord = null!;

    public async ValueTask InitializeAsync() => discord = await DiscordSimulator.StartAsync(new SimulatorOptions());

    public async ValueTask DisposeAsync()
    {
        program.Dispose();
        await discord.DisposeAsync();
    }

    [Fact]
    public async Task A_bot_in_no_server_is_told_how_to_be_invited() =>
        Assert.Matches("warn  server +the bot is in no server yet. Open https://\\S+ and choose one", await DoctorAsync());

    [Fact]
    public async Task Missing_permissions_are_named_with_what_is_lost_and_where_to_switch_them_on()
    {
        SimGuild good = discord.World.AddGuild("good"), poor = discord.World.AddGuild("poor"), mute = discord.World.AddGuild("mute"), silent = discord.World.AddGuild("silent");
        foreach (SimGuild guild in new[] { good, poor, mute, silent })
        {
            discord.World.AddChannel(guild, "general");
            discord.World.AddChannel(guild, "talk", SimChannelType.Category);
        }
        SimPermissions all = good.Everyone.Permissions;
        discord.World.SetPermissions(poor, poor.Everyone, all & ~(SimPermissions.AttachFiles | SimPermissions.CreatePublicThreads));
        discord.World.SetPermissions(mute, mute.Everyone, all & ~SimPermissions.SendMessages);
        discord.World.TimeOut(silent, discord.World.Bot, TimeSpan.FromHours(1));
        discord.World.SetOverwrite(discord.World.AddChannel(good, "rules"), new SimOverwrite(good.Id, IsMember: false, SimPermissions.None, SimPermissions.SendMessages));
        discord.World.SetOverwrite(discord.World.AddChannel(good, "staff"), new SimOverwrite(good.Id, IsMember: false, SimPermissions.None, SimPermissions.ViewChannel));
        string output = await DoctorAsync();
        Assert.Matches("warn  channel +good: in #rules the bot lacks \"Send Messages\" \\(it cannot answer\\)\\. Edit Channel, Permissions", output);
        Assert.DoesNotContain("#staff", output, StringComparison.Ordinal);
        Assert.Matches("warn  server +poor: the bot's role lacks \"Create Public Threads\" \\(.+\\), \"Attach Files\" .+ switch on \"Create Public Threads\", \"Attach Files\"; or open https", output);
        Assert.Matches("FAIL  server +mute: the bot's role lacks \"Send Messages\"", output);
        Assert.Matches("FAIL  server +silent: the bot is timed out until \\d{4}-", output);
        Assert.Equal(0, discord.Journal.InvalidRequests);
    }

    [Fact]
    public async Task A_server_where_nothing_is_missing_is_fine()
    {
        discord.World.AddChannel(discord.World.AddGuild("home"), "general");
        Assert.Matches("ok    server +home: the bot has every permission that it needs", await DoctorAsync());
    }

    private async Task<string> DoctorAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(program.Folder, "appsettings.json"), $$"""{ "Server": { "Port": 0 }, "Discord": { "Token": "{{discord.Token}}", "ApiBase": "{{discord.ApiUrl}}" } }""");
        await program.RunAsync("doctor");
        Assert.DoesNotContain(discord.Token, program.Output, StringComparison.Ordinal);
        return program.Output;
    }
}
