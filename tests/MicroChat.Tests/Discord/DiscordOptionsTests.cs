using MicroChat.Discord;
using MicroChat.Discord.Client.Gateway;

namespace MicroChat.Tests.Discord;

/// <summary>Where the token may go, and that it is never shown.</summary>
public sealed class DiscordOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(new DiscordOptions().Validate());

    [Theory]
    [InlineData("http://127.0.0.1:3001/api/v10", "ws://localhost:3002", 0)]
    [InlineData("https://chat.example/api/v10", "wss://chat.example", 0)]
    [InlineData("http://chat.example/api/v10", "", 1)]
    [InlineData("https://chat.example/api/v10", "ws://chat.example", 1)]
    [InlineData("chat.example", "https://chat.example", 2)]
    [InlineData("https://user:word@chat.example/api", "wss://chat.example#x", 2)]
    [InlineData("https://chat.example/api?x=1", "wss://chat.example/?encoding=json", 1)]
    public void The_token_goes_only_to_plain_encrypted_addresses(string api, string gateway, int faults) =>
        Assert.Equal(faults, new DiscordOptions { ApiBase = api, Gateway = gateway }.Validate().Count);

    [Theory]
    [InlineData("https://example.org/bot", true)]
    [InlineData("https://localhost", true)]
    [InlineData("example.org", false)]
    [InlineData("https://example.org/a b", false)]
    [InlineData("https://example.org/a), evil (x", false)]
    [InlineData("ftp://example.org", false)]
    public void The_page_in_the_user_agent_is_an_address(string page, bool valid) => Assert.Equal(valid, new DiscordOptions { HomePage = page }.Validate().Count == 0);

    [Fact]
    public void All_faults_are_listed_and_none_shows_the_token()
    {
        var options = new DiscordOptions { Token = "Bot my secret", Shards = -1, RequestsPerSecond = 0, RequestTimeout = TimeSpan.Zero };
        IReadOnlyList<string> faults = options.Validate();
        Assert.Equal(5, faults.Count);
        Assert.DoesNotContain("secret", string.Concat(faults) + options, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wss://resume.example", "wss://main.example", "wss://resume.example/")]
    [InlineData("ws://resume.example", "wss://main.example", "wss://main.example/")]
    [InlineData("not an address", "wss://main.example", "wss://main.example/")]
    [InlineData(null, "wss://main.example", "wss://main.example/")]
    public void A_session_is_resumed_only_where_it_is_as_well_encrypted(string? told, string first, string wanted) =>
        Assert.Equal(wanted, GatewayAddress.ForResume(told, new Uri(first)).ToString());

    [Fact]
    public void Another_query_of_the_gateways_address_is_replaced() =>
        Assert.Equal("wss://a.example/gateway/?v=10&encoding=json&compress=zlib-stream", GatewayAddress.With(new Uri("wss://a.example/gateway/?v=9&encoding=etf"), compress: true).AbsoluteUri);
}
