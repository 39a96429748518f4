using MicroChat.Adapters;
using MicroChat.Discord;
using MicroChat.Options;

namespace MicroChat.Tests.Program;

/// <summary>Which adapter a build takes, and what it says of one that it has not.</summary>
public sealed class AdapterChoiceTests
{
    private static bool IsFull => BuiltInAdapters.Profile == "Full";

    [Theory]
    [InlineData("Discord:Client", "discord.net", "Discord:Client is discord.net", "auto or builtin")]
    [InlineData("Discord:Client", "DiscordNet", "Discord:Client is discord.net", "auto or builtin")]
    [InlineData("Model:Tokenizer", "microsoft.ml", "Model:Tokenizer is microsoft.ml", "auto or builtin")]
    public void An_adapter_that_is_not_built_in_is_refused_with_value_wish_and_remedy(string key, string value, string found, string wish)
    {
        string[] faults = Faults(key, value);
        if (IsFull)
        {
            Assert.Empty(faults);
            return;
        }
        string fault = Assert.Single(faults);
        Assert.Contains(found, fault, StringComparison.Ordinal);
        Assert.Contains(wish, fault, StringComparison.Ordinal);
        Assert.Contains("-p:Profile=Full", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Discord:Client", "auto")]
    [InlineData("Discord:Client", "builtin")]
    [InlineData("Model:Tokenizer", "Auto")]
    [InlineData("Model:Tokenizer", "BuiltIn")]
    [InlineData("Model:Device", "auto")]
    [InlineData("Model:Device", "cpu")]
    public void What_every_build_has_is_taken(string key, string value) => Assert.Empty(Faults(key, value));

    [Theory]
    [InlineData(DiscordClientChoice.BuiltIn, DiscordClientChoice.BuiltIn)]
    [InlineData(DiscordClientChoice.Auto, DiscordClientChoice.DiscordNet)]
    [InlineData(DiscordClientChoice.DiscordNet, DiscordClientChoice.DiscordNet)]
    public void Auto_takes_the_adapter_where_it_was_built_in(DiscordClientChoice choice, DiscordClientChoice inFull) =>
        Assert.Equal(IsFull ? inFull : DiscordClientChoice.BuiltIn, DiscordPorts.Chosen(choice));

    [Theory]
    [InlineData("cuda:0")]
    [InlineData("cuda:999")]
    [InlineData("gpu")]
    public void A_device_that_cannot_be_used_is_refused_with_value_wish_and_remedy(string device)
    {
        string[] faults = Faults("Model:Device", device);
        if (IsFull && BuiltInAdapters.HasCard && device == "cuda:0")
        {
            Assert.Empty(faults);
            return;
        }
        string fault = Assert.Single(faults);
        Assert.Contains($"Model:Device is \"{device}\"", fault, StringComparison.Ordinal);
        Assert.Contains("auto", fault, StringComparison.Ordinal);
    }

    private static string[] Faults(string key, string value)
    {
        var faults = new List<string>();
        AppOptions options = OptionsReader.Bind([[new OptionSetting(key, value, "a test")]], faults);
        return [.. faults, .. OptionsRules.Faults(options)];
    }
}
