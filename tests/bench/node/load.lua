-- Requests for wrk to service.js: wrk ... -s load.lua URL -- WORK ACTORS MIX STAGES THREADS
-- as tests/bench/load makes them for trajectd: of a quiet list and a board the managers ask, of all else and of the day's mix
-- the coaches. STAGES says where the clients are that are moved, in lines of token, client and stage; each thread has its
-- own of these.
local askers, shares, moved = {}, {}, {}
local there, back = "work_content", "workplace_guidance"
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function read_actors(path, wanted)
  for line in io.lines(path) do
    local token, role, team, numbers = line:match("^(%x+)\t(%w+)\t([^\t]*)\t(.*)$")
    local actor = { token = token, team = team:gsub(" ", "%%20"), clients = {} }
    for client in numbers:gmatch("[^,]+") do
      table.insert(actor.clients, client)
    end
    if role == wanted then
      table.insert(askers, actor)
    end
  end
end

local function read_stages(path, threads_of_all)
  local place = 0
  for line in io.lines(path) do
    local token, client, stage = line:match("^(%x+)\t(%S+)\t(%S+)$")
    if place % threads_of_all == number then
      table.insert(moved, { token = token, client = client, stage = stage })
    end
    place = place + 1
  end
end

local function key()
  return (("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx"):gsub("x", function() return ("%x"):format(math.random(0, 15)) end))
end

local function get(actor, path)
  return wrk.format("GET", path, { Authorization = "Bearer " .. actor.token })
end

local function post(actor, path, body)
  local headers = { Authorization = "Bearer " .. actor.token, ["Request-Key"] = key(), ["Content-Type"] = "application/json" }
  return wrk.format("POST", path, headers, body)
end

local function any(list)
  return list[math.random(#list)]
end

local moves = 0
local works = {}
function works.journey()
  local actor = any(askers)
  return get(actor, "/clients/" .. any(actor.clients) .. "/journey?newest_first=true&page_size=20")
end
function works.client()
  local actor = any(askers)
  return get(actor, "/clients/" .. any(actor.clients))
end
function works.quiet()
  return get(any(askers), "/quiet?page_size=50")
end
works["coming-up"] = function()
  return get(any(askers), "/coming-up")
end
function works.board()
  local actor = any(askers)
  return get(actor, "/board?team=" .. actor.team)
end
function works.contact()
  local actor = any(askers)
  return post(actor, "/clients/" .. any(actor.clients) .. "/contacts",
    '{"channel":"phone","counterpart":"client","reached":true,"words":"Gebeld over de eerste week; het rooster past nu bij de bus."}')
end
function works.move()
  moves = moves + 1
  local one = moved[1 + moves % #moved]
  one.stage = one.stage == there and back or there
  return post(one, "/clients/" .. one.client .. "/moves",
    ('{"stage":"%s","reason":"De taken passen beter bij een andere stap."}'):format(one.stage))
end

local next_of
function init(args)
  local work, actors, mix, stages = args[1], args[2], args[3], args[4]
  math.randomseed(os.time() + 1000 * number)
  read_actors(actors, (work == "quiet" or work == "board") and "manager" or "coach")
  read_stages(stages, tonumber(args[5]))
  if work ~= "mix" then
    next_of = works[work]
    return
  end
  for line in io.lines(mix) do
    local name, share = line:match("(%S+) (%d+)")
    for _ = 1, tonumber(share) do
      table.insert(shares, works[name])
    end
  end
  next_of = function()
    return any(shares)()
  end
end

function request()
  return next_of()
end

local shown = false
function response(status, _, body)
  if status ~= 200 and not shown then
    shown = true
    io.stderr:write(status, " ", body, "\n")
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(("\n{\"requests\": %d, \"seconds\": %f, \"errors\": %d, \"p50\": %d, \"p99\": %d, \"p99_9\": %d}\n"):format(
    summary.requests, summary.duration / 1e6, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
