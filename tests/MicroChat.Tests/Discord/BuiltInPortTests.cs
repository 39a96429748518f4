using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Port;
using MicroChat.Discord.Simulator;

namespace MicroChat.Tests.Discord;

/// <summary>The built-in client under the port's contract.</summary>
public sealed class BuiltInPortTests : DiscordPortContract
{
    [Theory]
    [InlineData(true, 1 << 19)]
    [InlineData(false, 1 << 14)]
    public async Task The_application_tells_what_it_was_given(bool content, int flags)
    {
        using var http = new HttpMessageInvoker(new ScriptedApi((call, _) => ScriptedApi.Json(System.Net.HttpStatusCode.OK, call.Path.EndsWith("/applications/@me", StringComparison.Ordinal)
            ? $$"""{"id":"901","name":"bot","flags":{{flags}},"bot_public":true}"""
            : """{"url":"wss://gateway.example","shards":2,"session_start_limit":{"total":1000,"remaining":7,"reset_after":60000,"max_concurrency":1}}""")));
        await using var client = new BuiltInClient(new DiscordOptions { Token = RestHarness.Token }, http, TimeProvider.System, new Random(5), new CapturingLog());
        ApplicationFacts facts = await client.FetchFactsAsync(CancellationToken.None);
        Assert.Equal((content, !content, 7, 2), (facts.MayReadContent, facts.MaySeeMembers, facts.SessionsLeft, facts.Shards));
        Assert.StartsWith("https://discord.com/oauth2/authorize?client_id=901&scope=bot%20applications.commands&permissions=", facts.InviteLink.AbsoluteUri, StringComparison.Ordinal);
    }

    protected override IDiscordPort Connect(DiscordSimulator discord) => new BuiltInClient(
        new DiscordOptions { Token = discord.Token, ApiBase = discord.ApiUrl, MessageContent = true }, null, TimeProvider.System, new Random(5), new CapturingLog());
}
