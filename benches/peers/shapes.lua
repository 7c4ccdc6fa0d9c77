-- Counterparts of the programs of benches/programs whose hot code has other shapes than arithmetic.
local B = {}
local function size(usual) return tonumber(arg[2] or usual) end
local function class(parent)
  local c = {}
  c.__index = c
  return parent and setmetatable(c, { __index = parent }) or c
end

function B.polymorphic()
  local Circle, Square, Rectangle, Triangle = class(), class(), class(), class()
  function Circle:area() return 3.0 * self.r * self.r end
  function Square:area() return self.a * self.a end
  function Rectangle:area() return self.a * self.b end
  function Triangle:area() return 0.5 * self.base * self.height end
  local function shape(i)
    local s, k = i % 7 + 1.0, i % 4
    if k == 0 then return setmetatable({ r = s }, Circle) end
    if k == 1 then return setmetatable({ a = s }, Square) end
    if k == 2 then return setmetatable({ a = s, b = 2.0 }, Rectangle) end
    return setmetatable({ base = s, height = 3.0 }, Triangle)
  end
  local shapes, total = {}, 0.0
  for i = 0, 999 do shapes[#shapes + 1] = shape(i * 7 % 1000) end
  for _ = 1, size(3000) do
    for i = 1, #shapes do total = total + shapes[i]:area() end
  end
  return string.format("%d", total)
end

function B.closures()
  local function compose(f, g) return function(x) return g(f(x)) end end
  local function counter()
    local count = 0
    return function() count = count + 1 return count end
  end
  local function map(list, f) local r = {} for i = 1, #list do r[i] = f(list[i]) end return r end
  local function filter(list, f)
    local r = {}
    for i = 1, #list do if f(list[i]) then r[#r + 1] = list[i] end end
    return r
  end
  local function reduce(list, f, r) for i = 1, #list do r = f(r, list[i]) end return r end
  local rounds, total = size(800000), 0
  for i = 0, rounds - 1 do
    local add = function(x) return x + i end
    local both = compose(add, function(x) return x * 2 end)
    total = (total + both(i)) % 1000003
    local next = counter()
    next()
    total = total + next()
  end
  local twice = { 1, 2, 3, 4, 5, 6, 7, 8 }
  for i = 0, math.floor(rounds / 8) - 1 do
    local found = filter(map(twice, function(x) return x * i end), function(x) return x % 3 ~= 0 end)
    total = (total + reduce(found, function(a, b) return a + b end, 0)) % 1000003
  end
  return string.format("%d", total)
end

function B.building()
  local function row(i)
    local text = ""
    for j = 0, 19 do
      text = text .. string.format("%d", i * j % 97)
      text = text .. (j % 5 == 4 and ";" or ",")
    end
    return text
  end
  local function vowels(text)
    local count = 0
    for i = 1, #text do
      local letter = text:sub(i, i)
      if letter == "7" or letter == ";" then count = count + 1 end
    end
    return count
  end
  local length, found = 0, 0
  for i = 0, size(30000) - 1 do
    local text = row(i)
    length = length + #text
    found = found + vowels(text)
    if i % 10 == 0 then length = length + #text:gsub(",", "--"):upper() end
  end
  return string.format("%d %d", length, found)
end

function B.matrix()
  local n = size(240)
  local function make(seed)
    local rows = {}
    for i = 0, n - 1 do
      local row = {}
      for j = 0, n - 1 do row[j + 1] = (i * seed + j * 7) % 11 - 5.0 end
      rows[i + 1] = row
    end
    return rows
  end
  local function multiply(a, b)
    local result = {}
    for i = 1, n do
      local row, left = {}, a[i]
      for j = 1, n do
        local sum = 0.0
        for k = 1, n do sum = sum + left[k] * b[k][j] end
        row[j] = sum
      end
      result[i] = row
    end
    return result
  end
  local product, trace = multiply(multiply(make(3), make(5)), make(9)), 0.0
  for i = 1, n do trace = trace + product[i][i] end
  return string.format("%d", trace)
end

function B.generators()
  local wrap, yield = coroutine.wrap, coroutine.yield
  local function numbers(stop)
    return wrap(function()
      local n = 0
      while n < stop do yield(n) n = n + 1 end
    end)
  end
  local function odd(source) return wrap(function() for n in source do if n % 2 == 1 then yield(n) end end end) end
  local function squares(source) return wrap(function() for n in source do yield(n * n % 1000) end end) end
  local total = 0
  for n in squares(odd(numbers(size(2000000)))) do total = total + n end
  return string.format("%d", total)
end

function B.dictionaries()
  local n, known, count = size(200000), {}, 0
  local function length_of(start)
    local x, path = start, {}
    while x ~= 1 and not known[x] do
      path[#path + 1] = x
      if x % 2 == 0 then x = x / 2 else x = 3 * x + 1 end
      x = math.floor(x)
    end
    local steps = x == 1 and 0 or known[x]
    for i = #path, 1, -1 do
      steps = steps + 1
      known[path[i]] = steps
      count = count + 1
    end
    return steps
  end
  local longest = 0
  for i = 1, n - 1 do longest = math.max(longest, length_of(i)) end
  local groups, x, number = {}, 42, 0
  for i = 0, n - 1 do
    x = x * 16807 % 2147483647
    local key = "g" .. string.format("%d", x % 1000)
    local group = groups[key]
    if group then group[#group + 1] = i else groups[key] = { i } number = number + 1 end
  end
  local largest = 0
  for _, members in pairs(groups) do largest = math.max(largest, #members) end
  return string.format("%d %d %d %d", longest, count, number, largest)
end

function B.deep()
  local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
  local list = {}
  for i = 0, 3999 do list[i + 1] = i % 10 end
  local function total(at) if at == #list then return 0 end return list[at + 1] + total(at + 1) end
  local even, odd
  function even(n) if n == 0 then return true end return odd(n - 1) end
  function odd(n) if n == 0 then return false end return even(n - 1) end
  local sum = 0
  for round = 0, size(600) - 1 do
    sum = sum + depth(5000) + total(0)
    if even(4000 + round % 2) then sum = sum + 1 end
  end
  return string.format("%d", sum)
end

function B.throwing()
  local function check(n)
    if n % 5 == 0 then error({ what = n }) end
    return n
  end
  local function inner(n) return check(n) * 2 end
  local function outer(n) return inner(n) + 1 end
  local passed, refused, ends = 0, 0, 0
  for i = 0, size(1000000) - 1 do
    local ok, result = pcall(outer, i)
    if ok then passed = passed + result % 7 else refused = refused + result.what % 3 end
    ends = ends + 1
  end
  return string.format("%d %d %d", passed, refused, ends)
end

function B.matching()
  local NUMBER, SUM, PRODUCT, NEGATIVE = 1, 2, 3, 4
  local function make(depth, seed)
    if depth == 0 then return { kind = NUMBER, value = seed % 10 } end
    local k = seed % 3
    if k == 0 then return { kind = SUM, left = make(depth - 1, seed + 1), right = make(depth - 1, seed + 2) } end
    if k == 1 then return { kind = PRODUCT, left = make(depth - 1, seed + 2), right = make(depth - 1, seed + 1) } end
    return { kind = NEGATIVE, of = make(depth - 1, seed + 4) }
  end
  local function value(term)
    local kind = term.kind
    if kind == NUMBER then return term.value end
    if kind == SUM then return (value(term.left) + value(term.right)) % 10007 end
    if kind == PRODUCT then return value(term.left) * value(term.right) % 10007 end
    return -value(term.of)
  end
  local term, total = make(16, 1), 0
  for _ = 1, size(1500) do total = (total + value(term)) % 10007 end
  return string.format("%d", total)
end

function B.classes()
  local Account = class()
  function Account.new(c, balance) return setmetatable({ balance = balance, count = 0 }, c) end
  function Account:pay(amount) self.balance = self.balance + amount self.count = self.count + 1 end
  function Account:fee() return 1 end
  function Account:month() self:pay(-self:fee()) end
  function Account:is_empty() return self.balance <= 0 end
  local Savings = class(Account)
  function Savings.new(c, balance, rate)
    local self = Account.new(c, balance)
    self.rate = rate
    return self
  end
  function Savings:fee() return 0 end
  function Savings:month() Account.month(self) self:pay(math.floor(self.balance * self.rate / 100)) end
  local Bonus = class(Savings)
  function Bonus.new(c, balance) return Savings.new(c, balance, 2) end
  function Bonus:month() Savings.month(self) if self.balance > 5000 then self:pay(-4000) end end
  local accounts = {}
  for i = 0, 299 do
    local k = i % 3
    accounts[i + 1] = k == 0 and Account.new(Account, 1000 + i) or k == 1 and Savings.new(Savings, 1000 + i, 1)
      or Bonus.new(Bonus, 900 + i)
  end
  local empty = 0
  for _ = 1, size(5000) do
    for i = 1, #accounts do
      local account = accounts[i]
      account:month()
      if account.balance > 1000000 then account:pay(-990000) end
      if account:is_empty() then empty = empty + 1 account:pay(1000) end
    end
  end
  local total, count = 0, 0
  for i = 1, #accounts do total = total + accounts[i].balance count = count + accounts[i].count end
  return string.format("%d %d %d", total, count, empty)
end

print(B[arg[1]]())
