namespace MicroChat.Tests.Discord;

/// <summary>JSON as Discord sends it.</summary>
internal static class Wire
{
    public const string Alice = """{"id":"101","username":"alice","discriminator":"0","global_name":"Alice","avatar":null}""";

    public const string Bot = """{"id":"900","username":"bot","discriminator":"0","global_name":null,"avatar":null,"bot":true}""";

    public const string Guild = """
        {"id":"700","name":"g","owner_id":"101","member_count":2,"preferred_locale":"en-US","unavailable":false,
         "roles":[{"id":"700","permissions":"68608"},{"id":"701","permissions":"8192"}],
         "channels":[{"id":"500","type":0,"name":"general","parent_id":"400","nsfw":true,"permission_overwrites":[{"id":"900","type":1,"allow":"0","deny":"2048"}]},{"id":"400","type":4,"name":"cat"}],
         "threads":[{"id":"501","type":11,"name":"t","parent_id":"500","owner_id":"101","thread_metadata":{"archived":false,"locked":true}}],
         "members":[{"user":{"id":"900","username":"bot"},"roles":["701"]}]}
        """;

    public static string Message(string extra = "") =>
        $$"""{"id":"1001","channel_id":"500","author":{{Alice}},"content":"hi","timestamp":"2026-11-21T12:00:00+00:00","edited_timestamp":null,"mentions":[],"attachments":[],"type":0{{extra}}}""";

    public static string Ready(string resumeUrl) => $$$"""
        {"v":10,"user":{{{Bot}}},"guilds":[{"id":"700","unavailable":true}],"session_id":"sess","resume_gateway_url":"{{{resumeUrl}}}","shard":[0,1],"application":{"id":"901","flags":0}}
        """;

    public static string Dispatch(string type, long s, string d) => $$"""{"op":0,"t":"{{type}}","s":{{s}},"d":{{d}}}""";
}
