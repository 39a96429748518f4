using MicroChat.Chat.Registry;
using MicroChat.Chat.Serving;
using MicroChat.Discord.Port;
using MicroChat.Model.Checkpoints;
using MicroChat.Tests.Chat.Serving;

namespace MicroChat.Tests.Discord;

/// <summary>/model on a real registry of generations and a running engine.</summary>
public sealed class ModelCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("microchat-").FullName;
    private readonly BotHarness bot = new();
    private readonly Engine engine = TinyModel.Engine(new EngineOptions(), out _);
    private ModelRegistry registry = null!;

    public async ValueTask InitializeAsync()
    {
        DecoderConfigWriter.Write(TinyModel.Config, folder);
        registry = new ModelRegistry(folder, TimeProvider.System);
        for (int generation = 1; generation <= 12; generation++)
        {
            string staged = Directory.CreateDirectory(Path.Combine(folder, $".staged-{generation}")).FullName;
            DecoderConfigWriter.Write(TinyModel.Config, staged);
            registry.Add(staged, generation - 1, $"{100 * generation} votes", new Dictionary<string, double>());
        }
        bot.Generations = (registry, new LiveModel(
            registry, engine, generation => TinyModel.Create(out _, version: $"{generation.Card.Generation}"), new CanaryOptions()));
        bot.Options = bot.Options with { Operators = [$"{BotHarness.Alice.Id}"] };
        await bot.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await bot.DisposeAsync();
        engine.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Generations_are_shown_promoted_and_rolled_back()
    {
        Assert.Contains("- 12 (candidate) 1200 votes", await SayAsync("list"), StringComparison.Ordinal);
        Assert.Contains("generation 3 answers from now on", await SayAsync("promote", "3"), StringComparison.Ordinal);
        Assert.Equal((3, "3"), (registry.Live.Card.Generation, engine.Info.Version));
        Assert.Contains("learned from 300 votes", (await bot.CommandAsync("stats")).Content, StringComparison.Ordinal);
        Assert.Contains("generation 0 answers again", await SayAsync("rollback"), StringComparison.Ordinal);
        Assert.Equal("0", engine.Info.Version);
    }

    [Theory]
    [InlineData("99", "no generation 99")]
    [InlineData("99999999999999", "There is no generation \"99999999999999\"")]
    public async Task What_is_not_there_is_not_promoted(string generation, string wanted)
    {
        Assert.Contains(wanted, await SayAsync("promote", generation), StringComparison.Ordinal);
        Assert.Equal(0, registry.Live.Card.Generation);
    }

    [Fact]
    public async Task Numbers_are_suggested_to_operators_only()
    {
        Assert.Equal("12, 11, 10, 1", await SuggestedAsync(BotHarness.Alice, "1"));
        Assert.Equal("", await SuggestedAsync(BotHarness.Alice, "x"));
        Assert.Equal("", await SuggestedAsync(BotHarness.Bob, "1"));
        Assert.Contains("Only operators", (await bot.CommandAsync("model", BotHarness.Bob, DiscordPermissions.Administrator, ["promote"], ("generation", "1"))).Content, StringComparison.Ordinal);
    }

    private async Task<string> SayAsync(string what, string? generation = null) =>
        (await bot.CommandAsync("model", path: [what], values: generation is null ? [] : [("generation", generation)])).Content;

    private async Task<string> SuggestedAsync(DiscordUser user, string typed)
    {
        var asked = new AutocompleteAsked
        {
            Handle = bot.Handle(), User = user, GuildId = FakePort.Guild, ChannelId = FakePort.Channel, Name = "model", Path = ["promote"], Option = "generation",
            Kind = CommandOptionKind.Whole, Typed = typed,
        };
        await bot.Port.EmitAsync(new InteractionCreated(asked));
        await BotHarness.Until(() => bot.Port.Acknowledgements.ContainsKey(asked.Handle.Id));
        return bot.Port.Acknowledgements[asked.Handle.Id];
    }
}
