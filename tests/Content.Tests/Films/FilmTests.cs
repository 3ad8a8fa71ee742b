// SPDX-License-Identifier: Apache-2.0

extern alias packer;

using System.Buffers.Binary;
using System.Globalization;
using Uaas.Content.Tests.Support;
using Uaas.Media.Films;
using Uaas.Media.Flv;
using Uaas.Media.Tests.Support;

namespace Uaas.Content.Tests.Films;

/// <summary>FLV files packed for seeking, and served.</summary>
public sealed class FilmTests : IDisposable
{
    private const int KeyEvery = 25;
    private const int Pictures = 250;

    private static readonly byte[] s_videoHeader = [0x17, 0, 0, 0, 0, 1, 2, 3];
    private static readonly byte[] s_audioHeader = [0xAF, 0, 0x12, 0x10];

    private readonly TestSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void A_film_is_packed_with_the_index_of_its_key_frames_and_all_that_it_had()
    {
        List<(TagType Type, uint Time, byte[] Body)> tags = Film();
        ServedFilm film = Mount(FlvFile.Write(tags), out packer::Uaas.Host.Images.PackResult result);
        Assert.Empty(result.Warnings);
        byte[] packed = film.Image.ReadIdentity("film.flv");
        List<Tag> read = TagReader.Read(packed);
        Assert.Equal(TagType.Script, read[0].Type);
        Assert.Equal(tags.Where(tag => tag.Type != TagType.Script).Select(tag => (tag.Type, tag.Time)), read.Skip(1).Select(tag => (tag.Type, tag.Timestamp)));
        Assert.Equal(tags.Where(tag => tag.Type != TagType.Script).Select(tag => tag.Body), read.Skip(1).Select(tag => tag.Body));
        Dictionary<string, double[]> metadata = Numbers(read[0].Body);
        Assert.Equal([packed.Length], metadata["filesize"]);
        Assert.Equal([9.96], metadata["duration"]);
        Assert.Equal([320], metadata["width"]);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (double)i), metadata["times"]);
        foreach (double position in metadata["filepositions"])
        {
            Assert.Equal((byte)TagType.Video, packed[(int)position]);
            Assert.Equal(0x17, packed[(int)position + 11]);
            Assert.Equal(1, packed[(int)position + 12]);
        }
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("4.5", 4)]
    [InlineData("4.999s", 4)]
    [InlineData("5s", 5)]
    [InlineData("9.96", 9)]
    [InlineData(".5", 0)]
    public void From_a_start_it_plays_head_and_configurations_and_then_from_the_key_frame_before(string start, int key)
    {
        ServedFilm film = Mount(FlvFile.Write(Film()), out _);
        SiteResponse whole = film.Client.Get("/vod/film.flv");
        SiteResponse part = film.Client.Get($"/vod/film.flv?start={start}");
        Assert.Equal(200, part.Status);
        Assert.Equal("video/x-flv", part["Content-Type"]);
        Assert.Equal("*", part["Access-Control-Allow-Origin"]);
        List<Tag> all = TagReader.Read(whole.Body);
        List<Tag> read = TagReader.Read(part.Body);
        Assert.Equal(all[..3].Select(tag => tag.Body), read[..3].Select(tag => tag.Body));
        Tag first = read[3];
        Assert.True(first.Type == TagType.Video && first.Body[0] == 0x17 && first.Timestamp == key * 1000, $"{first.Timestamp}");
        int at = all.FindIndex(3, tag => tag.Timestamp == first.Timestamp && tag.Type == TagType.Video);
        Assert.Equal(all[at..].Select(tag => tag.Body), read[3..].Select(tag => tag.Body));
    }

    [Fact]
    public void A_start_in_bytes_is_that_of_the_index_and_what_lies_between_begins_at_the_key_frame_before()
    {
        ServedFilm film = Mount(FlvFile.Write(Film()), out _);
        double[] positions = Numbers(TagReader.Read(film.Client.Get("/vod/film.flv").Body)[0].Body)["filepositions"];
        for (int i = 0; i < positions.Length; i++)
        {
            foreach (int offset in (int[])[0, 30])
            {
                SiteResponse part = film.Client.Get(string.Create(CultureInfo.InvariantCulture, $"/vod/film.flv?a=b&start={positions[i] + offset}"));
                Assert.Equal((uint)i * 1000, TagReader.Read(part.Body)[3].Timestamp);
            }
        }
    }

    [Theory]
    [InlineData("/vod/film.flv?start=10.5", 416)]
    [InlineData("/vod/film.flv?start=99999999", 416)]
    [InlineData("/vod/film.flv?start=-1", 400)]
    [InlineData("/vod/film.flv?start=1e3", 400)]
    [InlineData("/vod/film.flv?start=s", 400)]
    [InlineData("/vod/film.flv?start=.", 400)]
    [InlineData("/vod/film.flv.uaas-index", 404)]
    [InlineData("/vod/none.flv", 404)]
    [InlineData("/vod/folder.flv", 404)]
    [InlineData("/vod/notes.txt", 404)]
    [InlineData("/vod/fake.flv?start=1", 404)]
    [InlineData("/vod/fake.flv", 200)]
    [InlineData("/vod/%2e%2e/film.flv", 404)]
    [InlineData("/vod/%zz.flv", 400)]
    public void Each_mistake_has_its_status(string target, int status)
    {
        _site.Add("notes.txt", "private").Add("fake.flv", "no film").Add("folder.flv/a", "x");
        ServedFilm film = Mount(FlvFile.Write(Film()), out packer::Uaas.Host.Images.PackResult result);
        Assert.Equal(status, film.Client.Get(target).Status);
        Assert.Contains("fake.flv", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Ranges_and_validators_are_those_of_any_file()
    {
        ServedFilm film = Mount(FlvFile.Write(Film()), out _);
        SiteResponse whole = film.Client.Get("/vod/film.flv");
        SiteResponse range = film.Client.Get("/vod/film.flv", "Range: bytes=100-199");
        Assert.Equal(206, range.Status);
        Assert.Equal(whole.Body[100..200], range.Body);
        Assert.Equal("*", range["Access-Control-Allow-Origin"]);
        Assert.Equal(304, film.Client.Get("/vod/film.flv", $"If-None-Match: {whole["ETag"]}").Status);
        Assert.Equal(200, film.Client.Head("/vod/film.flv?start=5s").Status);
        Assert.Equal(204, film.Client.Options("/vod/film.flv").Status);
        Assert.Equal(405, film.Client.Send("POST", "/vod/film.flv", "Content-Length: 0").Status);
    }

    [Fact]
    public void What_is_cut_short_is_played_as_far_as_it_goes_and_sound_alone_can_be_sought_in()
    {
        byte[] file = FlvFile.Write(Film());
        ServedFilm cut = Mount(file[..^7], out packer::Uaas.Host.Images.PackResult result);
        Assert.Contains("cut short", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal(Film().Count - 1, TagReader.Read(cut.Image.ReadIdentity("film.flv")).Count);

        ServedFilm sound = Mount(FlvFile.Write(Film().Where(tag => tag.Type == TagType.Audio)), out _);
        List<Tag> read = TagReader.Read(sound.Client.Get("/vod/film.flv?start=5s").Body);
        Assert.Equal(s_audioHeader, read[1].Body);
        Assert.InRange(read[2].Timestamp, 4000u, 5000u);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_index_that_lies_never_leads_out_of_the_film(int seed)
    {
        ServedFilm film = Mount(FlvFile.Write(Film()), out _);
        byte[] index = film.Image.ReadIdentity("film.flv.uaas-index");
        Random random = new(seed);
        for (int i = 0; i < 40; i++)
        {
            byte[] hostile = [.. index];
            for (int j = 0; j < 1 + i % 4; j++) hostile[random.Next(hostile.Length)] = (byte)random.Next(256);
            using TestSite site = new();
            site.Add("film.flv", film.Image.ReadIdentity("film.flv")).Add("film.flv.uaas-index", hostile);
            SiteClient client = Serve(site.Mount());
            foreach (string start in (string[])["0", "5s", "9000", "1"]) Assert.Contains(client.Get($"/vod/film.flv?start={start}").Status, (int[])[200, 404, 416, 500]);
        }
    }

    private static List<(TagType Type, uint Time, byte[] Body)> Film()
    {
        List<(TagType, uint, byte[])> tags =
        [
            (TagType.Script, 0, [2, 0, 10, .. "onMetaData"u8, 8, 0, 0, 0, 2, 0, 8, .. "duration"u8, 0, .. Double(1), 0, 5, .. "width"u8, 0, .. Double(320), 0, 0, 9]),
            (TagType.Video, 0, s_videoHeader),
            (TagType.Audio, 0, s_audioHeader),
        ];
        for (int i = 0; i < Pictures; i++)
        {
            bool isKey = i % KeyEvery == 0;
            tags.Add((TagType.Video, (uint)i * 40, [isKey ? (byte)0x17 : (byte)0x27, 1, 0, 0, 0, .. Samples.Noise(isKey ? 400 : 60, i)]));
            tags.Add((TagType.Audio, (uint)i * 40, [0xAF, 1, .. Samples.Noise(20, i)]));
        }

        return tags;
    }

    private static byte[] Double(double value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return bytes;
    }

    /// <summary>The numbers in metadata, and the lists of numbers, by name; read here, without the code under test.</summary>
    private static Dictionary<string, double[]> Numbers(ReadOnlySpan<byte> body)
    {
        Dictionary<string, double[]> numbers = [];
        body = body[18..];
        while (!body.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(body);
            string name = System.Text.Encoding.ASCII.GetString(body.Slice(2, length));
            body = body[(2 + length)..];
            int count = body[0] == 10 ? BinaryPrimitives.ReadInt32BigEndian(body[1..]) : 1;
            switch (body[0])
            {
                case 0:
                    numbers[name] = [BinaryPrimitives.ReadDoubleBigEndian(body[1..])];
                    body = body[9..];
                    break;
                case 1:
                    body = body[2..];
                    break;
                case 10:
                    numbers[name] = new double[count];
                    for (int i = 0; i < count; i++) numbers[name][i] = BinaryPrimitives.ReadDoubleBigEndian(body[(5 + 9 * i + 1)..]);
                    body = body[(5 + 9 * count)..];
                    break;
                default:
                    // The beginning of an object, or an end.
                    body = body[1..];
                    break;
            }
        }

        return numbers;
    }

    private static SiteClient Serve(ContentImage image) => new(image, static (content, rules, clock) => new FilmHandler(content, rules, clock));

    private ServedFilm Mount(byte[] file, out packer::Uaas.Host.Images.PackResult result)
    {
        _site.Add("film.flv", file);
        ContentImage image = _site.MountFilms(out result);
        return new ServedFilm(image, Serve(image));
    }

    private sealed record ServedFilm(ContentImage Image, SiteClient Client);
}
